export default function ({ data, parentElement, setTriggerValue }) {
  const board = parentElement.querySelector(".board");
  const keys = board.querySelector(".keys");
  const clock = board.querySelector(".clock");
  if (!keys.firstChild) {
    for (const digit of [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]) {
      const key = document.createElement("button");
      key.className = "key";
      key.textContent = key.dataset.digit = digit;
      keys.append(key);
    }
    if (board.getBoundingClientRect().bottom > window.innerHeight) {
      board.scrollIntoView({ block: "center" });
    }
    keys.firstChild.focus({ preventScroll: true }); // the button that started the round goes
  }
  board.stop?.(); // Streamlit cleans up after the last call only, not after each
  board.classList.remove("waiting");
  board.querySelector(".answered")?.classList.remove("answered");
  board.querySelector(".place").textContent = `Digit ${data.place + 1} of ${data.count}`;
  board.querySelector(".digit").src = data.picture;
  const answer = (digit) => {
    if (board.classList.contains("waiting")) return;
    board.classList.add("waiting");
    keys.querySelector(`[data-digit="${digit}"]`).classList.add("answered");
    setTriggerValue("answered", { place: data.place, digit: Number(digit) });
  };
  keys.onclick = (event) => {
    const key = event.target.closest(".key");
    if (key) answer(key.dataset.digit);
  };
  const onKeyDown = (event) => {
    const inTextField = event
      .composedPath()[0]
      .closest?.("input, textarea, [contenteditable=true]");
    if (inTextField || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (/^[0-9]$/.test(event.key)) answer(event.key);
  };
  document.addEventListener("keydown", onKeyDown);
  const startedAt = performance.now() - 1000 * data.seconds;
  const showTime = () => {
    clock.textContent = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  };
  showTime();
  const timer = setInterval(showTime, 100);
  board.stop = () => {
    clearInterval(timer);
    document.removeEventListener("keydown", onKeyDown);
  };
  return board.stop;
}
