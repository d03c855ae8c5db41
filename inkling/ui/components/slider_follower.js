const PATIENCE = 2000; // ms after which a run is no longer awaited

export default function ({ data, parentElement, setTriggerValue }) {
  const follower = parentElement.querySelector("span");
  follower.send = (move) => setTriggerValue("moved", move);
  if (follower.run !== data.run) {
    follower.run = data.run;
    follower.sentAt = 0;
  }
  const sendPending = () => {
    if (!follower.pending || performance.now() - (follower.sentAt || -PATIENCE) < PATIENCE) return;
    follower.sentAt = performance.now();
    follower.send(follower.pending);
    follower.pending = null;
  };
  sendPending();

  const sliderOf = (element) =>
    data.sliders.find((key) => element.closest?.(`.st-key-${CSS.escape(key)}`));
  follower.observer?.disconnect();
  follower.observer = new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (sliderOf(target) !== follower.dragged) continue;
      follower.pending = { slider: follower.dragged, number: Number(target.value) };
    }
    sendPending();
  });
  follower.observer.observe(document.body, {
    subtree: true,
    attributeFilter: ["aria-valuetext"],
  });
  follower.listeners?.abort();
  follower.listeners = new AbortController();
  const { signal } = follower.listeners;
  const listen = (name, listener) =>
    document.addEventListener(name, listener, { capture: true, signal });
  listen("pointerdown", ({ target }) => {
    follower.dragged = sliderOf(target) ?? null;
  });
  for (const name of ["pointerup", "pointercancel"]) {
    listen(name, () => {
      follower.dragged = null;
    });
  }
}
