/** Return how many columns to show where `room` fit: the last row is as full as it can be. */
function balancedColumns(room, count) {
  let best = Math.max(1, room);
  if (count <= best) return best;
  const empty = (columns) => (columns - (count % columns)) % columns;
  for (let columns = best - 1; columns >= room / 1.5; columns--) {
    if (empty(columns) < empty(best)) best = columns;
  }
  return best;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".grid");
  grid.setAttribute("aria-label", data.label);
  grid.style.setProperty("--chosen", data.frame_colour);
  grid.style.setProperty("--gap", `${data.gap}px`);
  const layOut = () => {
    const columns = balancedColumns(
      Math.floor((grid.clientWidth + data.gap) / (data.min_width + data.gap)),
      data.cells.length,
    );
    grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  };
  layOut();
  grid.observer?.disconnect();
  grid.observer = new ResizeObserver(layOut);
  grid.observer.observe(grid);
  grid.classList.toggle("captions-below", data.caption_below);
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
    const place = cells.indexOf(event.target);
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const target = {
      ArrowLeft: place - 1,
      ArrowRight: place + 1,
      ArrowUp: place - columns,
      ArrowDown: place + columns,
      Home: 0,
      End: cells.length - 1,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const next = cells[target];
    if (next) {
      next.focus();
      pick(next);
    }
  };
}
