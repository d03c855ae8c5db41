const PICTURE = 26; // pixels of the screen
const SPACE = 0.6; // between two pictures, as a share of one: most of its border is clear
const OPENED = 56;
const DOT = 1.5;
const MARGIN = 20;
const MOST_ENLARGED = 16;
const DRAG = 4; // pixels that a click may move

export default function ({ data, parentElement, setTriggerValue }) {
  const map = parentElement.querySelector(".map");
  const canvas = map.querySelector("canvas");
  const [zoomIn, zoomOut, wholeMap] = map.querySelectorAll("button");
  const output = parentElement.querySelector("output");
  map.setAttribute("aria-label", data.label);
  map.view ??= { scale: 1, x: 0.5, y: 0.5 }; // the centre's place
  map.images ??= { sheet: new Image(), opened: new Image() };
  const { view, images } = map;
  let positions = [];
  let pictured = new Set();
  let hovered = null;

  const inner = () => [canvas.clientWidth - 2 * MARGIN, canvas.clientHeight - 2 * MARGIN];
  const toScreen = ([x, y]) => {
    const [width, height] = inner();
    return [
      canvas.clientWidth / 2 + (x - view.x) * width * view.scale,
      canvas.clientHeight / 2 - (y - view.y) * height * view.scale,
    ];
  };
  const pictureSide = () => PICTURE * view.scale ** 0.25;

  /** Choose the images that are pictures: each that covers none before it. */
  const choosePictured = () => {
    const side = SPACE * pictureSide();
    const cells = new Map();
    const cellOf = (value) => Math.floor(value / side);
    pictured = new Set();
    positions.forEach(([x, y], k) => {
      const [column, row] = [cellOf(x), cellOf(y)];
      for (let i = column - 1; i <= column + 1; i++) {
        for (let j = row - 1; j <= row + 1; j++) {
          const other = cells.get(`${i},${j}`);
          if (other && Math.abs(other[0] - x) < side && Math.abs(other[1] - y) < side) return;
        }
      }
      cells.set(`${column},${row}`, [x, y]);
      pictured.add(k);
    });
  };

  const draw = () => {
    const ratio = window.devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    positions = data.places.map(toScreen);
    choosePictured();
    const style = getComputedStyle(map);
    const drawPicture = (k, side) => {
      const [x, y] = positions[k];
      const [column, row] = [k % data.columns, Math.floor(k / data.columns)];
      pen.drawImage(
        images.sheet,
        column * data.side,
        row * data.side,
        data.side,
        data.side,
        x - side / 2,
        y - side / 2,
        side,
        side,
      );
    };
    positions.forEach(([x, y], k) => {
      if (pictured.has(k)) return;
      pen.fillStyle = data.colours[data.labels[k]];
      pen.globalAlpha = 0.5;
      pen.beginPath();
      pen.arc(x, y, DOT, 0, 2 * Math.PI);
      pen.fill();
    });
    pen.globalAlpha = 1;
    if (images.sheet.complete) for (const k of pictured) drawPicture(k, pictureSide());
    if (images.opened.complete) {
      const [x, y] = toScreen(data.opened.place);
      pen.imageSmoothingEnabled = false;
      pen.drawImage(images.opened, x - OPENED / 2, y - OPENED / 2, OPENED, OPENED);
      pen.strokeStyle = style.getPropertyValue("--opened");
      pen.lineWidth = 3;
      pen.strokeRect(x - OPENED / 2, y - OPENED / 2, OPENED, OPENED);
    }
    if (hovered !== null && images.sheet.complete) {
      const [x, y] = positions[hovered];
      pen.imageSmoothingEnabled = false;
      pen.fillStyle = style.getPropertyValue("--paper");
      pen.fillRect(x - OPENED / 2, y - OPENED / 2, OPENED, OPENED);
      drawPicture(hovered, OPENED);
      pen.strokeStyle = style.getPropertyValue("--ink");
      pen.lineWidth = 1.5;
      pen.strokeRect(x - OPENED / 2, y - OPENED / 2, OPENED, OPENED);
    }
    const [label, index] =
      hovered === null
        ? [data.opened.label, data.opened.index]
        : [data.labels[hovered], data.indices[hovered]];
    output.textContent = `${label}, index ${index.toLocaleString("en")}`;
    map.classList.toggle("enlarged", view.scale > 1);
    zoomIn.disabled = view.scale >= MOST_ENLARGED;
    zoomOut.disabled = wholeMap.hidden = view.scale <= 1;
  };

  const zoom = (factor, [x, y] = data.opened.place) => {
    const scale = Math.min(MOST_ENLARGED, Math.max(1, view.scale * factor));
    // What is at this place stays where it is on the screen.
    moveTo(x + ((view.x - x) * view.scale) / scale, y + ((view.y - y) * view.scale) / scale, scale);
  };
  const moveTo = (x, y, scale = view.scale) => {
    const reach = 0.5 - 0.5 / scale;
    view.scale = scale;
    view.x = Math.min(0.5 + reach, Math.max(0.5 - reach, x));
    view.y = Math.min(0.5 + reach, Math.max(0.5 - reach, y));
    draw();
  };
  const pointOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const placeOf = ([x, y]) => {
    const [width, height] = inner();
    return [
      view.x + (x - canvas.clientWidth / 2) / (width * view.scale),
      view.y - (y - canvas.clientHeight / 2) / (height * view.scale),
    ];
  };
  /** Return the image at a point: a picture before a dot. */
  const imageAt = ([x, y]) => {
    const distance = (k) => Math.hypot(positions[k][0] - x, positions[k][1] - y);
    const near = positions.map((_, k) => k).filter((k) => distance(k) < pictureSide() / 2);
    near.sort((a, b) => pictured.has(b) - pictured.has(a) || distance(a) - distance(b));
    return near[0] ?? null;
  };
  const pick = (k) => {
    if (k !== null) setTriggerValue("picked", k);
  };
  const hover = (k) => {
    if (k === hovered) return;
    hovered = k;
    draw();
  };

  for (const [name, source] of [
    ["sheet", data.sheet],
    ["opened", data.opened.picture],
  ]) {
    images[name].onload = draw;
    if (images[name].src !== source) images[name].src = source;
  }
  map.observer?.disconnect();
  map.observer = new ResizeObserver(draw);
  map.observer.observe(canvas);
  zoomIn.onclick = () => zoom(2);
  zoomOut.onclick = () => zoom(0.5);
  wholeMap.onclick = () => moveTo(0.5, 0.5, 1);

  canvas.onpointerdown = (event) => {
    map.grasp = { start: pointOf(event), x: view.x, y: view.y, moved: false };
  };
  canvas.onpointermove = (event) => {
    const [x, y] = pointOf(event);
    const { grasp } = map;
    if (!grasp || !event.buttons) {
      if (event.pointerType === "mouse") hover(imageAt([x, y]));
      return;
    }
    const [dx, dy] = [x - grasp.start[0], y - grasp.start[1]];
    grasp.moved ||= Math.hypot(dx, dy) > DRAG;
    if (!grasp.moved || view.scale === 1) return;
    canvas.setPointerCapture(event.pointerId);
    hovered = null;
    const [width, height] = inner();
    moveTo(grasp.x - dx / (width * view.scale), grasp.y + dy / (height * view.scale));
  };
  canvas.onpointerleave = () => hover(null);
  canvas.onclick = (event) => {
    if (!map.grasp?.moved) pick(imageAt(pointOf(event)));
    map.grasp = null;
  };
  canvas.onwheel = (event) => {
    if (!event.ctrlKey) return; // the page scrolls
    event.preventDefault();
    zoom(2 ** (-event.deltaY / 100), placeOf(pointOf(event)));
  };
  map.onkeydown = (event) => {
    if (event.target !== map) return;
    const direction = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    }[event.key];
    const action = { "+": zoomIn, "-": zoomOut, 0: wholeMap }[event.key];
    if (action) action.click();
    if (!direction) return;
    event.preventDefault();
    const [x, y] = toScreen(data.opened.place);
    const along = ([u, v]) => (u - x) * direction[0] + (v - y) * direction[1];
    const aside = ([u, v]) => Math.abs((u - x) * direction[1]) + Math.abs((v - y) * direction[0]);
    const ahead = [...pictured].filter(
      (k) => along(positions[k]) > Math.max(1, aside(positions[k])),
    );
    ahead.sort((a, b) => along(positions[a]) - along(positions[b]));
    pick(ahead[0] ?? null);
  };
  draw();
}
