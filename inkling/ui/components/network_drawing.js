// In pixels
const TOP = 28; // above the units, for names
const BOTTOM = 42; // below the units, for counts
const NAME_WIDTH = 45; // distance between two layers that the names above them need
const SHORT_NAME_WIDTH = 34;
const CONVOLUTION_NAME_WIDTH = 82;

export default function (args) {
  draw(args);
  const svg = args.parentElement.querySelector("svg");
  const size = () => `${svg.clientWidth} ${svg.clientHeight}`;
  let drawnSize = size();
  svg.resizeObserver?.disconnect();
  svg.resizeObserver = new ResizeObserver(() => {
    if (size() === drawnSize) return;
    drawnSize = size();
    draw(args);
  });
  svg.resizeObserver.observe(svg);
}

function appendSvg(parent, name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

function draw({ data, parentElement, setTriggerValue }) {
  const svg = parentElement.querySelector("svg");
  const focused = svg.getRootNode().activeElement?.dataset?.unit;
  svg.setAttribute("aria-label", data.label);
  svg.style.setProperty("--neutral", data.neutral);
  const count = data.layers.length;
  const last = count - 1;
  const width = svg.clientWidth || 600;
  const columnHeight = (svg.clientHeight || 358) - TOP - BOTTOM;
  const middleY = TOP + columnHeight / 2;
  const countY = TOP + columnHeight + 24;
  const hasPictures = data.layers.some((layer) => layer.units[0].picture);
  const narrow = (0.78 * width) / count < (hasPictures ? CONVOLUTION_NAME_WIDTH : NAME_WIDTH);
  // In a narrow drawing the image is smaller and each row of labels has one name at its start.
  const imageSize = narrow ? 60 : Math.min(112, 0.14 * width);
  // The layers are as far from one another as the first is from the image.
  const start = narrow ? 8 : (100 * imageSize) / width;
  const distance = (92 - start) / count;
  const layerDistance = (distance / 100) * width;
  const x = (layer) => `${start + distance * (layer + 1)}%`;
  const isMaps = (layer) => Boolean(data.layers[layer].units[0].picture);
  const unitDistance = (layer) =>
    Math.min(isMaps(layer) ? 64 : 36, columnHeight / data.layers[layer].units.length);
  const y = (layer, k) =>
    middleY + unitDistance(layer) * (k - (data.layers[layer].units.length - 1) / 2);

  const mapSize = (layer) => Math.min(unitDistance(layer) - 5, layerDistance - 8);
  // Opaque, to hide the lines behind what is half transparent
  const opaque = "fill: var(--st-background-color)";
  const appendCircle = (group, value, cx, cy, r) => {
    appendSvg(group, "circle", { cx, cy, r, style: opaque });
    const fill = value < 0 ? data.negative : data.positive;
    appendSvg(group, "circle", { cx, cy, r, fill, "fill-opacity": Math.abs(value) });
  };
  const appendPicture = (group, href, cx, cy, size) => {
    const place = { x: cx, y: cy - size / 2, width: size, height: size };
    const picture = appendSvg(group, "g", { transform: `translate(${-size / 2}, 0)` });
    appendSvg(picture, "rect", { ...place, style: opaque });
    appendSvg(picture, "image", { ...place, href });
    appendSvg(picture, "rect", { ...place, class: "border" });
  };

  svg.replaceChildren();
  for (const k of data.layers[0].units.keys()) {
    appendSvg(svg, "line", {
      x1: imageSize,
      y1: middleY,
      x2: x(0),
      y2: y(0, k),
      stroke: data.neutral,
      "stroke-opacity": 0.25,
    });
  }
  const passOf = (layer) => `${layer} ${data.backward}`;
  const before = svg.passes;
  svg.passes = new Set(data.links.map(([layer]) => passOf(layer)));
  for (const [layer, from, to, strength, ofChosenUnit] of data.links) {
    const isNew = before && !before.has(passOf(layer));
    appendSvg(svg, "line", {
      class: isNew ? `new ${data.backward ? "backward" : ""}` : "",
      pathLength: 1,
      x1: x(layer - 1),
      y1: y(layer - 1, from),
      x2: x(layer),
      y2: y(layer, to),
      stroke: strength < 0 ? data.negative : data.positive,
      "stroke-opacity": Math.abs(strength) * (ofChosenUnit ? 1 : 0.6),
      "stroke-width": ofChosenUnit ? 2.5 : 1.2,
    });
  }
  appendSvg(svg, "image", {
    href: data.image,
    x: 0,
    y: middleY - imageSize / 2,
    width: imageSize,
    height: imageSize,
  });
  if (narrow) {
    appendSvg(svg, "text", { x: 0, y: 12, class: "name" }, "Layer");
    appendSvg(svg, "text", { x: 0, y: countY, class: "name" }, hasPictures ? "Size" : "Units");
  }
  data.layers.forEach((column, layer) => {
    const isOutput = layer === last;
    const shortName = isOutput ? (layerDistance < SHORT_NAME_WIDTH ? "Out" : "Outputs") : layer + 1;
    appendSvg(svg, "text", { x: x(layer), y: 12 }, narrow ? shortName : column.name);
    // Two staggered rows if the counts do not fit in one
    const isLower = narrow && layerDistance < 3.5 + 7 * String(column.count).length && layer % 2;
    const below = narrow ? column.count : column.below;
    if (below) appendSvg(svg, "text", { x: x(layer), y: isLower ? countY + 14 : countY }, below);
    const clickWidth = Math.min(40, layerDistance - 2);
    column.units.forEach((unit, k) => {
      const radius = Math.min(
        narrow ? 7.5 : 11,
        unitDistance(layer) / 2 - 2,
        layerDistance / 2 - 2,
      );
      const group = appendSvg(svg, "g", {
        class: unit.chosen ? "unit chosen" : "unit",
        role: "button",
        tabindex: -1,
        "aria-label": unit.text,
        "aria-pressed": String(unit.chosen),
        "data-place": `${layer} ${k}`,
        "data-unit": `${layer} ${unit.index}`, // the places change with the units drawn
      });
      appendSvg(group, "title", {}, unit.text);
      appendSvg(group, "rect", {
        x: x(layer),
        y: y(layer, k) - unitDistance(layer) / 2,
        width: clickWidth + (isOutput ? 8 : 0),
        height: unitDistance(layer),
        transform: `translate(${-clickWidth / 2}, 0)`,
      });
      if (unit.picture) appendPicture(group, unit.picture, x(layer), y(layer, k), mapSize(layer));
      else appendCircle(group, unit.value, x(layer), y(layer, k), radius);
      if (isOutput) {
        appendSvg(
          group,
          "text",
          { class: "name", x: x(layer), dx: 14, y: y(layer, k) + 4 },
          unit.index,
        );
      }
      group.pick = () => setTriggerValue("picked", { layer: column.layer, unit: unit.index });
    });
  });

  const unitAt = (place) => svg.querySelector(`[data-place="${place}"]`);
  const units = [...svg.querySelectorAll(".unit")];
  const tabStop =
    svg.querySelector(`[data-unit="${focused}"]`) || svg.querySelector(".chosen") || units[0];
  tabStop.setAttribute("tabindex", 0);
  if (focused) tabStop.focus();
  svg.onclick = (event) => event.target.closest(".unit")?.pick();
  svg.onkeydown = (event) => {
    const unit = event.target.closest(".unit");
    if (!unit) return;
    const [layer, k] = unit.dataset.place.split(" ").map(Number);
    const unitInLayer = (target) =>
      data.layers[target] &&
      unitAt(`${target} ${Math.min(k, data.layers[target].units.length - 1)}`);
    const neighbour = {
      ArrowUp: () => unitAt(`${layer} ${k - 1}`),
      ArrowDown: () => unitAt(`${layer} ${k + 1}`),
      ArrowLeft: () => unitInLayer(layer - 1),
      ArrowRight: () => unitInLayer(layer + 1),
    }[event.key];
    if (neighbour) {
      event.preventDefault();
      const target = neighbour();
      if (target) {
        unit.setAttribute("tabindex", -1);
        target.setAttribute("tabindex", 0);
        target.focus();
      }
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      unit.pick();
    }
  };
}
