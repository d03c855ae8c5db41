const LIVE_SHARE = 0.5; // of the canvas's side, while the pen moves
const PATIENCE = 3000; // ms after which an answer is no longer awaited
const CHECK_EVERY = 100; // ms

// Of the page: the reader itself may be mounted anew, too.
const known = { key: null, upper: null };

const toolbarStyle = new CSSStyleSheet();
toolbarStyle.replaceSync(".dc-toolbar { display: none !important; }");

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
    const share = isDown ? LIVE_SHARE : 1;
    sheet.width = Math.round(lower.width * share);
    sheet.height = Math.round(lower.height * share);
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
    if (!shadowRoot.adoptedStyleSheets.includes(toolbarStyle))
      shadowRoot.adoptedStyleSheets.push(toolbarStyle);
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
  reader.update = (data, send) => {
    if (data.canvas !== reader.data?.canvas) [isDown, hasChanged] = [false, false];
    [reader.data, reader.send] = [data, send];
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
