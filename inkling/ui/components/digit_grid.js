export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".grid");
  grid.setAttribute("aria-label", data.label);
  grid.style.setProperty("--chosen", data.frame_colour);
  grid.style.gap = `${data.gap}px`;
  grid.style.gridTemplateColumns = `repeat(auto-fill, minmax(${data.min_width}px, 1fr))`;
  const pick = (cell) => {
    for (const other of grid.querySelectorAll("[aria-selected=true]")) {
      other.setAttribute("aria-selected", "false");
    }
    cell.setAttribute("aria-selected", "true");
    setTriggerValue("picked", Number(cell.dataset.index));
  };
  if (grid.sheet !== data.sheet) {
    grid.sheet = data.sheet;
    // An object URL: with the data URL in every cell, each takes milliseconds to style.
    const bytes = Uint8Array.from(atob(data.sheet.split(",")[1]), (c) => c.charCodeAt(0));
    URL.revokeObjectURL(grid.objectUrl);
    grid.objectUrl = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    grid.replaceChildren(
      ...data.cells.map((cell, k) => {
        const element = document.createElement("button");
        const [column, row] = [k % data.columns, Math.floor(k / data.columns)];
        element.className = "cell";
        element.setAttribute("role", "option");
        element.dataset.index = cell.index;
        element.style.backgroundImage = `url(${grid.objectUrl})`;
        element.style.backgroundSize = `${data.sheet_width}% ${data.sheet_height}%`;
        element.style.backgroundPosition =
          `${(100 * column) / Math.max(1, data.columns - 1)}% ` +
          `${(100 * row) / Math.max(1, data.rows - 1)}%`;
        element.setAttribute("aria-label", cell.name);
        element.title = cell.name;
        if (cell.caption) {
          const caption = document.createElement("span");
          caption.className = "caption";
          caption.textContent = cell.caption;
          element.append(caption);
        }
        return element;
      }),
    );
  }
  for (const cell of grid.children) {
    const chosen = Number(cell.dataset.index) === data.selected;
    cell.setAttribute("aria-selected", String(chosen));
    cell.tabIndex = chosen ? 0 : -1;
  }
  if (!grid.querySelector('[tabindex="0"]') && grid.firstChild) grid.firstChild.tabIndex = 0;
  grid.onclick = (event) => {
    const cell = event.target.closest(".cell");
    if (cell) pick(cell);
  };
  grid.onkeydown = (event) => {
    const cells = [...grid.children];
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const step = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
    }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = cells[cells.indexOf(event.target) + step];
    if (next) {
      next.focus();
      pick(next);
    }
  };
}
