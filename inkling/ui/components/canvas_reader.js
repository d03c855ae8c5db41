const PATIENCE = 3000; // ms after which an answer is no longer awaited
const CHECK_EVERY = 100; // ms
const MOUNTING = 1000; // ms in which a new canvas is looked for in each frame
const FINENESS = 150; // points that are recorded along a side of the canvas, at most
const STORE = "inkling_drawing";
const CLEAR = ".st-key-draw_clear";
const UNDO = ".st-key-draw_undo button";
const REPLACING_BUTTONS = `${UNDO}, ${CLEAR} button`;

// The canvas fills its column, whatever its own number of pixels. Its toolbar would take strokes.
const canvasStyle = new CSSStyleSheet();
canvasStyle.replaceSync(`
  .dc-toolbar { display: none !important; }
  .dc-root, .dc-scroll, .dc-container { width: 100% !important; }
  .dc-container { height: auto !important; aspect-ratio: 1; }
  .canvas-container, canvas { width: 100% !important; height: 100% !important; }
  .dc-canvas { outline: none; }
`);

const storedStrokes = () => {
  try {
    const strokes = JSON.parse(sessionStorage.getItem(STORE));
    return Array.isArray(strokes) ? strokes : [];
  } catch {
    return []; // nothing valid, or this browser stores nothing
  }
};

const storeStrokes = (strokes) => {
  try {
    sessionStorage.setItem(STORE, JSON.stringify(strokes));
  } catch {} // a reload will lose the drawing
};

// Of the page, since the reader itself may be mounted anew, too: the canvas, the pointer that draws
// on it, and all strokes of the drawing, [width, x, y, x, y, ...], of which the canvas was given
// the first `begunWith`.
const known = { key: null, upper: null, pointer: null, strokes: storedStrokes(), begunWith: 0 };

// An old canvas takes no strokes: they would be lost with it.
const setTakesInk = (takesInk) => {
  const container = known.upper?.parentElement; // none once the canvas has left the page
  if (container) container.style.pointerEvents = takesInk ? "" : "none";
};

const findCanvas = (key) => {
  const places = document.querySelectorAll(`.st-key-${CSS.escape(key)} *`);
  for (const { shadowRoot } of places) {
    const upper = shadowRoot?.querySelector(".upper-canvas");
    if (upper) return { upper, shadowRoot };
  }
  return null;
};

// The canvas waits for all fingers on the screen, and does not notice that a pointer was cancelled.
const endStrokeOnCanvas = ({ clientX, clientY }) => {
  const touch = { identifier: 0, clientX, clientY, pageX: clientX, pageY: clientY };
  const lists = { touches: [], changedTouches: [touch] };
  document.dispatchEvent(Object.assign(new Event("touchend", { cancelable: true }), lists));
  document.dispatchEvent(new MouseEvent("mouseup", { clientX, clientY }));
};

const createReader = () => {
  const reader = { data: null, send: null };
  let [hasChanged, number, awaitedSince, patience] = [false, 0, null, PATIENCE];
  let pausedUntil = 0; // while the pen is down
  let restoringSince = null;
  let replacedSince = null; // by a click on a button
  let undosLeft = 0; // clicks that came since: of two at once, Streamlit drops one
  let isTorn = false; // the canvas has lost the beginning of the stroke
  let touchEndsStroke = false;

  const newStrokes = () => ({
    canvas: reader.data.canvas,
    strokes: known.strokes.slice(known.begunWith),
  });
  const sendDrawing = () => {
    if (!hasChanged || awaitedSince !== null) return;
    if (known.pointer !== null && performance.now() < pausedUntil) return;
    hasChanged = false;
    number += 1;
    awaitedSince = performance.now();
    reader.send("drawing", { ...newStrokes(), number, pen_down: known.pointer !== null });
  };
  // Asks for another canvas, with all strokes.
  const restore = () => {
    restoringSince = performance.now();
    known.pointer = null;
    setTakesInk(false);
    reader.send("lost", newStrokes());
  };
  // Takes over the strokes of a canvas that will come in the place of the last one. From now on
  // nothing is asked for again: a slow page would get the strokes twice.
  const begin = () => {
    restoringSince = replacedSince = known.pointer = null;
    known.begunWith = 0;
    if (reader.data.is_first) return;
    known.strokes.length = Math.min(known.strokes.length, reader.data.begun_with);
    known.begunWith = known.strokes.length;
    storeStrokes(known.strokes);
    const isUndoneAgain = undosLeft > 0 && known.strokes.length > 0;
    undosLeft = isUndoneAgain ? undosLeft - 1 : 0;
    // When the page has drawn the button anew
    if (isUndoneAgain) setTimeout(() => document.querySelector(UNDO)?.click(), CHECK_EVERY);
  };
  const addPoint = ({ clientX, clientY }) => {
    const box = known.upper.getBoundingClientRect();
    const scale = known.upper.width / box.width; // the screen may show it smaller
    const [x, y] = [(clientX - box.left) * scale, (clientY - box.top) * scale];
    const stroke = known.strokes.at(-1);
    const distance = Math.hypot(x - stroke.at(-2), y - stroke.at(-1));
    if (stroke.length > 1 && distance < known.upper.width / FINENESS) return;
    stroke.push(Number(x.toFixed(1)), Number(y.toFixed(1)));
    hasChanged = true;
  };

  const onDown = (event) => {
    touchEndsStroke = false;
    if (event.button !== 0 || known.pointer !== null) return;
    check();
    if (known.key !== reader.data.canvas || event.composedPath()[0] !== known.upper) return;
    known.pointer = event.pointerId;
    isTorn = false;
    known.strokes.push([reader.data.pen_width]);
    addPoint(event);
  };
  const onMove = (event) => {
    if (event.pointerId !== known.pointer) return;
    if (event.pointerType === "mouse" && event.buttons % 2 === 0) {
      onCancel(event); // it was released where no page is told
      return;
    }
    addPoint(event);
    sendDrawing();
  };
  const onUp = (event) => {
    if (event.pointerId !== known.pointer) return;
    known.pointer = null;
    touchEndsStroke = event.pointerType !== "mouse";
    storeStrokes(known.strokes);
    hasChanged = true;
    if (isTorn) restore();
    else sendDrawing();
  };
  const onCancel = (event) => {
    if (event.pointerId !== known.pointer) return;
    endStrokeOnCanvas(event);
    onUp(event);
  };
  const onClick = (event) => {
    const button = event.target.closest?.(REPLACING_BUTTONS);
    if (!button) return;
    if (replacedSince !== null && button.matches(UNDO)) {
      event.stopImmediatePropagation();
      undosLeft += 1;
      return;
    }
    undosLeft = button.matches(UNDO) ? undosLeft : 0;
    // What a reload would bring back, even before the answer comes.
    storeStrokes(button.closest(CLEAR) ? [] : known.strokes.slice(0, -1));
    replacedSince = performance.now();
    setTakesInk(false);
  };
  const onTouchEnd = (event) => {
    if (touchEndsStroke && event.isTrusted && event.touches.length > 0)
      setTimeout(() => endStrokeOnCanvas(event.changedTouches[0]));
    touchEndsStroke = false;
  };
  const check = () => {
    const now = performance.now();
    if (awaitedSince !== null && now - awaitedSince > patience) {
      awaitedSince = null;
      patience *= 2; // a slow line shall not have a queue
      sendDrawing();
    }
    if (restoringSince !== null && now - restoringSince > PATIENCE) restore();
    else if (replacedSince !== null && now - replacedSince > PATIENCE) {
      replacedSince = null;
      undosLeft = 0;
      setTakesInk(true);
    }
    const found = findCanvas(reader.data.canvas);
    if (!found) return;
    const { upper, shadowRoot } = found;
    if (upper === known.upper) return;
    if (!shadowRoot.adoptedStyleSheets.includes(canvasStyle))
      shadowRoot.adoptedStyleSheets.push(canvasStyle);
    upper.setAttribute("role", "img");
    upper.setAttribute("aria-label", reader.data.label);
    const isReplaced = known.key === reader.data.canvas;
    [known.key, known.upper] = [reader.data.canvas, upper];
    if (isReplaced) {
      restore();
      return;
    }
    if (reader.data.is_first && known.strokes.length > 0) restore(); // from before a reload
  };

  const listeners = {
    pointerdown: onDown,
    pointermove: onMove,
    pointerup: onUp,
    pointercancel: onCancel,
    click: onClick,
    touchend: onTouchEnd,
    touchcancel: onTouchEnd,
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
    if (data.pen_width !== reader.data?.pen_width) isTorn = true;
    [reader.data, reader.send] = [data, send];
    if (isNew) {
      hasChanged = false;
      if (data.canvas !== known.key) begin();
      awaitCanvas(performance.now() + MOUNTING);
    }
    if (data.answered >= number) {
      if (awaitedSince !== null) pausedUntil = performance.now() + data.pause;
      [number, awaitedSince, patience] = [data.answered, null, PATIENCE];
    }
    check();
    sendDrawing();
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
