export default function ({ data, parentElement, setTriggerValue }) {
  const map = parentElement.querySelector(".map");
  const [picture, partFrame, chosenFrame, hoverFrame] = map.children;
  const output = parentElement.querySelector("output");
  const { rows, columns, readout } = data;
  map.setAttribute("aria-label", data.label);
  map.classList.toggle("pickable", data.pickable);
  if (picture.getAttribute("src") !== data.picture) picture.src = data.picture;
  const placePart = (frame, part) => {
    frame.hidden = part === null;
    frame.style.display = part === null ? "none" : "";
    if (part === null) return;
    const [row, column, height, width] = part;
    frame.style.width = `${(100 * width) / columns}%`;
    frame.style.height = `${(100 * height) / rows}%`;
    frame.style.left = `${(100 * column) / columns}%`;
    frame.style.top = `${(100 * row) / rows}%`;
  };
  const placeFrame = (frame, pixel) =>
    placePart(frame, pixel === null ? null : [Math.floor(pixel / columns), pixel % columns, 1, 1]);
  const showReadout = (pixel) => {
    output.textContent =
      pixel === null
        ? data.hint
        : (readout.names_place
            ? `Row ${Math.floor(pixel / columns)}, column ${pixel % columns}: `
            : "") +
          readout.labels.map((label, k) => label + readout.values[k][pixel]).join("") +
          readout.suffix;
  };
  const hover = (pixel) => {
    map.hovered = pixel;
    placeFrame(hoverFrame, pixel);
    showReadout(pixel ?? data.chosen);
  };
  const pixelUnder = (event) => {
    const box = map.getBoundingClientRect();
    const cell = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    return (
      cell((event.clientY - box.top) / box.height, rows) * columns +
      cell((event.clientX - box.left) / box.width, columns)
    );
  };
  const pick = (pixel) => {
    hover(pixel);
    if (!data.pickable) return;
    placeFrame(chosenFrame, pixel);
    setTriggerValue("picked", pixel);
  };
  placePart(partFrame, data.frame);
  placeFrame(chosenFrame, data.chosen);
  hover(map.hovered ?? null);
  map.onpointermove = (event) => {
    if (event.pointerType === "mouse") hover(pixelUnder(event));
  };
  map.onpointerleave = (event) => {
    if (event.pointerType === "mouse") hover(null);
  };
  map.onblur = () => hover(null);
  map.onclick = (event) => pick(pixelUnder(event));
  map.onkeydown = (event) => {
    const pixel = map.hovered ?? data.chosen ?? 0;
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    const next = {
      ArrowUp: () => row > 0 && pixel - columns,
      ArrowDown: () => row < rows - 1 && pixel + columns,
      ArrowLeft: () => column > 0 && pixel - 1,
      ArrowRight: () => column < columns - 1 && pixel + 1,
    }[event.key];
    if (next) {
      event.preventDefault();
      const target = next();
      if (target !== false) hover(target);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      pick(pixel);
    }
  };
}
