const CONTROLS = "button, a[href], input[type=radio]";
const NO_CONTROLS =
  ':disabled, [aria-label^="Help"], [aria-label="Open"], [data-testid="stBaseButton-elementToolbar"]';
const RESULT = '[class*="st-key-takes_focus_"]'; // the beginning of a result
const PATIENCE = 5000; // milliseconds until the page has what replaces it

let focused = null;

/** Remember a control: its place, and the keys of the containers that it is in, innermost first. */
function remember(control) {
  const keys = [];
  for (let node = control.parentElement; node; node = node.parentElement) {
    const key = [...node.classList].find((name) => name.startsWith("st-key-"));
    if (key) keys.push(key);
  }
  const box = control.getBoundingClientRect();
  const result = document.querySelector(RESULT);
  focused = { control, keys, box, lost: 0, result, page: location.pathname };
}

function distance(control) {
  const { left, top } = control.getBoundingClientRect();
  return Math.hypot(left - focused.box.left, top - focused.box.top);
}

function nearest(container) {
  const controls = [...container.querySelectorAll(CONTROLS)].filter(
    (each) => each.offsetParent && !each.matches(NO_CONTROLS),
  );
  const control = controls.sort((a, b) => distance(a) - distance(b))[0];
  // A group of choices is entered at the chosen one.
  const group = control?.closest('[role="radiogroup"]');
  return group?.querySelector(':checked, [aria-checked="true"]') ?? control;
}

/** Return the title of another page, the result instead of the lost control, or what is there. */
function successor() {
  const title = location.pathname !== focused.page && document.querySelector(".stMain h1");
  const result = document.querySelector(RESULT);
  const beginning = title || (result !== focused.result && result);
  if (beginning) {
    beginning.tabIndex = -1;
    return beginning;
  }
  for (const key of focused.keys) {
    const container = document.getElementsByClassName(key)[0];
    const control = container && nearest(container);
    if (control) return control;
  }
  return nearest(document.querySelector(".stMain"));
}

function restore() {
  if (!focused || document.activeElement !== document.body) return;
  const { control } = focused;
  if (control.isConnected && !control.disabled) return;
  const isIdle = document.querySelector('.stApp[data-test-script-state="notRunning"]');
  focused.lost ||= performance.now();
  if (performance.now() > focused.lost + PATIENCE) focused = null;
  else if (isIdle) successor()?.focus({ preventScroll: true });
}

function keepFocus() {
  document.addEventListener("focusin", ({ target }) => {
    focused = null;
    if (!target.matches("input:not([type=radio]), textarea, main")) remember(target);
  });
  for (const event of ["keydown", "pointerdown"]) {
    document.addEventListener(
      event,
      () => {
        // The visitor may have gone on from where they were.
        if (focused?.lost) focused = null;
        else if (focused?.control.isConnected) remember(focused.control);
      },
      true,
    );
  }
  new MutationObserver(restore).observe(document.querySelector(".stApp"), {
    childList: true,
    subtree: true,
    attributeFilter: ["disabled", "data-test-script-state"],
  });
  return true;
}

export default function () {
  window.inklingKeepsFocus ??= keepFocus();
}
