export default function ({ data, parentElement, setTriggerValue }) {
  const tables = parentElement.querySelector(".tables");
  const output = parentElement.querySelector("output");
  const { rows, columns, readout } = data;
  tables.setAttribute("aria-label", data.label);
  tables.classList.toggle("pickable", data.pickable);
  tables.classList.toggle("single", data.grids.length === 1);
  tables.style.setProperty("--columns", columns);
  tables.style.setProperty("--least", `${data.grids[0].texts.length ? 33 * columns : 0}px`);
  parentElement.querySelector(".note").textContent = data.note;

  const append = (parent, name, className, text = "") => {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    parent.append(element);
    return element;
  };
  const frameAt = (grid, className) => {
    const frame = append(grid, "div", className);
    frame.style.width = `${100 / columns}%`;
    frame.style.height = `${100 / rows}%`;
    return frame;
  };
  const placeFrame = (frame, cell) => {
    frame.style.display = cell === null ? "none" : "";
    if (cell === null) return;
    frame.style.left = `${(100 * (cell % columns)) / columns}%`;
    frame.style.top = `${(100 * Math.floor(cell / columns)) / rows}%`;
  };

  tables.replaceChildren();
  const grids = data.grids.map((table) => {
    const item = append(tables, "div", "item");
    if (data.grids.length > 1) append(item, "div", "operator", table.operator);
    const column = append(item, "div", "table");
    if (table.title) append(column, "div", "title", table.title);
    const grid = append(column, "div", "grid");
    grid.style.aspectRatio = `${columns} / ${rows}`;
    const picture = append(grid, "img", table.texts.length ? "written" : "");
    picture.src = table.picture;
    picture.alt = "";
    const cells = append(grid, "div", "cells");
    for (const text of table.texts) append(cells, "span", "", text);
    placeFrame(frameAt(grid, "marked"), table.marked);
    return { grid, chosen: frameAt(grid, "chosen"), hover: frameAt(grid, "hover") };
  });

  const hover = (cell) => {
    tables.hovered = cell;
    for (const each of grids) placeFrame(each.hover, cell);
    const shown = cell ?? data.chosen;
    output.textContent =
      shown === null
        ? ""
        : `Row ${Math.floor(shown / columns)}, column ${shown % columns}: ` +
          readout.labels.map((text, k) => text + readout.values[k][shown]).join("") +
          readout.suffix;
  };
  const cellUnder = (event) => {
    const grid = event.target.closest(".grid");
    if (!grid) return null;
    const box = grid.getBoundingClientRect();
    const place = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    return (
      place((event.clientY - box.top) / box.height, rows) * columns +
      place((event.clientX - box.left) / box.width, columns)
    );
  };
  const pick = (cell) => {
    hover(cell);
    if (cell === null || !data.pickable) return;
    for (const each of grids) placeFrame(each.chosen, cell);
    setTriggerValue("picked", cell);
  };
  for (const each of grids) placeFrame(each.chosen, data.chosen);
  hover(tables.hovered === undefined || tables.hovered >= rows * columns ? null : tables.hovered);
  tables.onpointermove = (event) => {
    if (event.pointerType === "mouse") hover(cellUnder(event));
  };
  tables.onpointerleave = (event) => {
    if (event.pointerType === "mouse") hover(null);
  };
  tables.onblur = () => hover(null);
  tables.onclick = (event) => pick(cellUnder(event));
  tables.onkeydown = (event) => {
    const cell = tables.hovered ?? data.chosen ?? 0;
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const next = {
      ArrowUp: row > 0 ? cell - columns : cell,
      ArrowDown: row < rows - 1 ? cell + columns : cell,
      ArrowLeft: column > 0 ? cell - 1 : cell,
      ArrowRight: column < columns - 1 ? cell + 1 : cell,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      hover(next);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      pick(cell);
    }
  };
}
