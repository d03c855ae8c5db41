const POSITIONS_PER_SECOND = 50;
const PAUSE_MS = 1800; // after each digit
const NAMESPACE = "http://www.w3.org/2000/svg";

function svgPath(points, lifts, end) {
  let path = "";
  for (let k = 0; k < end; k++) {
    const [x, y] = points[k];
    path += `${k === 0 || lifts.includes(k) ? "M" : "L"}${x} ${y}`;
  }
  return path;
}

export default function ({ data, parentElement }) {
  const figure = parentElement.querySelector("figure");
  if (figure.dataset.started) return;
  figure.dataset.started = "yes";
  const svg = figure.querySelector("svg");
  const [answerDigit, answerText] = figure.querySelector(".answer").children;
  const bars = figure.querySelector(".bars");
  const button = figure.querySelector("button");

  const ink = document.createElementNS(NAMESPACE, "path");
  ink.setAttribute("class", "ink");
  ink.setAttribute("stroke-width", data.penWidth);
  const tip = document.createElementNS(NAMESPACE, "circle");
  tip.setAttribute("class", "tip");
  tip.setAttribute("r", data.penWidth * 0.9);
  svg.append(ink, tip);
  svg.setAttribute("aria-label", "A pen writes digits, and the network answers while it does");
  for (let digit = 0; digit < 10; digit++) {
    const row = document.createElement("div");
    row.innerHTML = "<span></span><i><u></u></i>";
    row.firstChild.textContent = digit;
    bars.append(row);
  }

  function show(written, end, isComplete) {
    ink.setAttribute("d", svgPath(written.points, written.lifts, end));
    const [x, y] = written.points[Math.max(end, 1) - 1];
    tip.setAttribute("cx", x);
    tip.setAttribute("cy", y);
    tip.style.visibility = isComplete ? "hidden" : "visible";
    const answer = written.answers.findLast((one) => one.position <= end);
    answerDigit.textContent = answer ? answer.digit : "?";
    answerText.textContent = answer ? answer.text : "";
    [...bars.children].forEach((row, digit) => {
      const share = answer ? answer.shares[digit] : 0;
      row.querySelector("u").style.width = `${100 * share}%`;
      row.className = answer && digit === answer.digit ? "chosen" : "";
    });
  }

  let current = 0;
  let position = 0; // of the pen
  let restMs = 0; // left of the pause after a digit
  let last = null;
  let isPaused = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function step(now) {
    if (!figure.isConnected) return;
    const elapsed = last === null ? 0 : Math.min(now - last, 100); // a hidden tab does not catch up
    last = now;
    const written = data.digits[current];
    const length = written.points.length;
    if (position < length) {
      position = Math.min(length, position + (elapsed * POSITIONS_PER_SECOND) / 1000);
      restMs = PAUSE_MS;
    } else {
      restMs -= elapsed;
      if (restMs <= 0) {
        current = (current + 1) % data.digits.length;
        position = 0;
      }
    }
    show(data.digits[current], Math.floor(position), position >= length);
    if (!isPaused) requestAnimationFrame(step);
  }

  function nameButton() {
    button.textContent = isPaused ? "Play" : "Pause";
  }

  button.onclick = () => {
    isPaused = !isPaused;
    last = null;
    nameButton();
    if (!isPaused) requestAnimationFrame(step);
  };
  nameButton();
  if (isPaused) {
    position = data.digits[0].points.length;
    show(data.digits[0], position, true);
  } else {
    requestAnimationFrame(step);
  }
}
