const MAX_BARS_WITH_GAPS = 40;
const MAX_LABELLED_BARS = 16; // up to here each bar has a label
const MAX_VALUE_INTERVALS = 4;
const MAX_LABEL_INTERVALS = 7;

const roundStep = (span, maxIntervals) => {
  const power = 10 ** Math.floor(Math.log10(span / maxIntervals));
  return power * [1, 2, 5, 10].find((n) => n * power * maxIntervals >= span * 0.999);
};
const formatValue = (value) => String(Number(value.toPrecision(3))).replaceAll("-", "\u2212");

export default function ({ data, parentElement, setTriggerValue }) {
  const bars = parentElement.querySelector(".bars");
  const [svg, hoverBar, mark, valueLabels, unitLabels] = bars.children;
  const [lines, shapes] = svg.children;
  const output = parentElement.querySelector("output");
  const { values, chosen, readout } = data;
  const count = values.length;
  bars.setAttribute("aria-label", data.label);
  bars.classList.toggle("pickable", data.pickable);
  parentElement.querySelector(".title").textContent = data.title;

  const [lowest, highest] = [Math.min(0, ...values), Math.max(0, ...values)];
  const span = highest - lowest || 1;
  const top = (highest === lowest ? 1 : highest) + (highest > 0 ? 0.04 * span : 0);
  const bottom = lowest - (lowest < 0 ? 0.04 * span : 0);
  const y = (value) => (100 * (top - value)) / (top - bottom); // percent of the height
  const appendSvg = (parent, name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    parent.append(element);
  };
  const appendLabel = (parent, text, side, share) => {
    const element = document.createElement("span");
    element.textContent = text;
    element.style[side] = `${share}%`;
    parent.append(element);
  };
  for (const old of [lines, shapes, valueLabels, unitLabels]) old.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${count} 100`);

  const lineDistance = roundStep(span, MAX_VALUE_INTERVALS);
  for (let k = Math.ceil(bottom / lineDistance); k * lineDistance <= top; k++) {
    appendSvg(lines, "line", {
      x1: 0,
      x2: count,
      y1: y(k * lineDistance),
      y2: y(k * lineDistance),
      class: k === 0 ? "zero" : "",
    });
    appendLabel(valueLabels, formatValue(k * lineDistance), "top", y(k * lineDistance));
  }
  const labelDistance =
    data.first + count <= MAX_LABELLED_BARS
      ? 1
      : Math.max(1, roundStep(count, MAX_LABEL_INTERVALS));
  for (let k = 0; k < count; k += labelDistance)
    appendLabel(unitLabels, data.first + k, "left", (100 * (k + 0.5)) / count);

  const width = count <= MAX_BARS_WITH_GAPS ? 0.8 : 1;
  const drawBars = (includes, colour, opacity) =>
    appendSvg(shapes, "path", {
      fill: colour,
      "fill-opacity": opacity,
      d: values
        .map((value, k) =>
          includes(value, k) ? `M${k + (1 - width) / 2} ${y(0)}V${y(value)}h${width}V${y(0)}z` : "",
        )
        .join(""),
    });
  const opacity = chosen === null ? 1 : 0.4;
  drawBars((value, k) => value > 0 && k !== chosen, data.positive, opacity);
  drawBars((value, k) => value < 0 && k !== chosen, data.negative, opacity);
  drawBars((value, k) => value > 0 && k === chosen, data.positive, 1);
  drawBars((value, k) => value < 0 && k === chosen, data.negative, 1);

  const placeMark = (unit) => {
    // Among hundreds, a bar is too thin to be found without a mark.
    mark.style.display = unit === null || count <= MAX_BARS_WITH_GAPS ? "none" : "";
    if (unit === null) return;
    mark.style.left = `${(100 * (unit + 0.5)) / count}%`;
    mark.style.top = `${y(values[unit])}%`;
    mark.style.background = values[unit] < 0 ? data.negative : data.positive;
  };
  const hover = (unit) => {
    bars.hovered = unit;
    hoverBar.style.display = unit === null ? "none" : "";
    hoverBar.style.left = `${(100 * unit) / count}%`;
    hoverBar.style.width = `${100 / count}%`;
    const shown = unit ?? chosen;
    output.textContent =
      shown === null
        ? ""
        : `${data.title} ${data.first + shown}: ` +
          readout.labels.map((text, k) => text + readout.values[k][shown]).join("") +
          readout.suffix;
  };
  const barUnder = (event) => {
    const box = bars.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return Math.max(0, Math.min(count - 1, Math.floor(share * count)));
  };
  const pick = (unit) => {
    hover(unit);
    if (data.pickable) setTriggerValue("picked", unit);
  };
  placeMark(chosen);
  hover(bars.hovered === undefined || bars.hovered >= count ? null : bars.hovered);
  bars.onpointermove = (event) => {
    if (event.pointerType === "mouse") hover(barUnder(event));
  };
  bars.onpointerleave = (event) => {
    if (event.pointerType === "mouse") hover(null);
  };
  bars.onblur = () => hover(null);
  bars.onclick = (event) => pick(barUnder(event));
  bars.onkeydown = (event) => {
    const unit = bars.hovered ?? chosen ?? 0;
    const next = { ArrowLeft: unit - 1, ArrowRight: unit + 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      if (next >= 0 && next < count) hover(next);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      pick(unit);
    }
  };
}
