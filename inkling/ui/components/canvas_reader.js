const LIVE_SIDE = 220; // pixels of a picture while the pen moves
const FINAL_SIDE = 294; // and when it has been lifted: as small as the server makes any drawing
const PATIENCE = 3000; // ms after which an answer is no longer awaited
const CHECK_EVERY = 100; // ms
const MOUNTING = 1000; // ms in which a new canvas is looked for in each frame

// Of the page: the reader itself may be mounted anew, too.
const known = { key: null, upper: null };

// The canvas fills its column, whatever its own number of pixels. Its toolbar would take strokes.
const canvasStyle = new CSSStyleSheet();
canvasStyle.replaceSync(`
  .dc-toolbar { display: none !important; }
  .dc-root, .dc-scroll, .dc-container { width: 100% !important; }
  .dc-container { height: auto !important; aspect-ratio: 1; }
  .canvas-container, canvas { width: 100% !important; height: 100% !important; }
  .dc-canvas { outline: none; }
`);

const findCanvases = (key) => {
  const places = document.querySelectorAll(`.st-key-${CSS.escape(key)} *`);
  for (const { shadowRoot } of places) {
    const upper = shadowRoot?.querySelector(".upper-canvas");
    const lower = upper?.parentElement.querySelector(".lower-canvas"); // not the paper's
    if (lower) return { lower, upper, shadowRoot };
  }
  return null;
};

const createReader = () => {
  const sheet = document.createElement("canvas");
  const pen = sheet.getContext("2d", { willReadFrequently: true });
  const reader = { data: null, send: null };
  let [isDown, hasChanged, number, awaitedSince] = [false, false, 0, null];

  const takePicture = () => {
    const canvases = findCanvases(reader.data.canvas);
    if (!canvases) return null;
    const { lower, upper } = canvases; // finished strokes, and the one in progress
    sheet.width = sheet.height = isDown ? LIVE_SIDE : FINAL_SIDE;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(lower, 0, 0, sheet.width, sheet.height);
    pen.drawImage(upper, 0, 0, sheet.width, sheet.height);
    return sheet.toDataURL("image/png");
  };
  const sendPicture = () => {
    if (!hasChanged || awaitedSince !== null) return;
    const picture = takePicture();
    if (!picture) return;
    hasChanged = false;
    number += 1;
    awaitedSince = performance.now();
    reader.send("picture", { canvas: reader.data.canvas, number, pen_down: isDown, picture });
  };
  const isOnCanvas = (event) => {
    const target = event.composedPath()[0];
    return target === known.upper && known.key === reader.data.canvas;
  };
  const onDown = (event) => {
    if (event.button === 0 && isOnCanvas(event)) isDown = true;
  };
  const onMove = () => {
    if (!isDown) return;
    hasChanged = true;
    requestAnimationFrame(sendPicture); // when the canvas has drawn the move, too
  };
  const onUp = () => {
    if (!isDown) return;
    isDown = false;
    hasChanged = true;
    // The canvas moves the stroke from the upper layer to the lower one in the next frame.
    requestAnimationFrame(() => setTimeout(sendPicture));
  };
  const check = () => {
    if (awaitedSince !== null && performance.now() - awaitedSince > PATIENCE) {
      awaitedSince = null;
      sendPicture();
    }
    const canvases = findCanvases(reader.data.canvas);
    if (!canvases) return;
    const { upper, shadowRoot } = canvases;
    if (upper === known.upper) return;
    if (!shadowRoot.adoptedStyleSheets.includes(canvasStyle))
      shadowRoot.adoptedStyleSheets.push(canvasStyle);
    upper.setAttribute("role", "img");
    upper.setAttribute("aria-label", reader.data.label);
    if (known.key === reader.data.canvas) {
      upper.parentElement.style.pointerEvents = "none"; // no strokes that are going to be lost
      reader.send("remounted", reader.data.canvas);
    }
    [known.key, known.upper] = [reader.data.canvas, upper];
  };

  const listeners = {
    pointerdown: onDown,
    pointermove: onMove,
    pointerup: onUp,
    pointercancel: onUp,
  };
  for (const [name, listener] of Object.entries(listeners))
    document.addEventListener(name, listener, true);
  const timer = setInterval(check, CHECK_EVERY);
  // A new canvas is scaled before it is seen for the first time.
  const awaitCanvas = (until) => {
    check();
    if (known.key !== reader.data.canvas && performance.now() < until)
      requestAnimationFrame(() => awaitCanvas(until));
  };
  reader.update = (data, send) => {
    const isNew = data.canvas !== reader.data?.canvas;
    [reader.data, reader.send] = [data, send];
    if (isNew) {
      [isDown, hasChanged] = [false, false];
      awaitCanvas(performance.now() + MOUNTING);
    }
    if (data.answered >= number) [number, awaitedSince] = [data.answered, null];
    check();
    sendPicture();
  };
  reader.stop = () => {
    clearInterval(timer);
    for (const [name, listener] of Object.entries(listeners))
      document.removeEventListener(name, listener, true);
  };
  return reader;
};

const readers = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!readers.has(parentElement)) readers.set(parentElement, createReader());
  const reader = readers.get(parentElement);
  reader.update(data, setTriggerValue);
  return () => {
    reader.stop();
    readers.delete(parentElement);
  };
}
