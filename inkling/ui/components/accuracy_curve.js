// In pixels
const LEFT = 44;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 26;

export default function (args) {
  const svg = args.parentElement.querySelector("svg");
  svg.resizeObserver?.disconnect();
  let width = svg.clientWidth;
  svg.resizeObserver = new ResizeObserver(() => {
    if (svg.clientWidth === width) return;
    width = svg.clientWidth;
    draw(svg, args.data);
  });
  svg.resizeObserver.observe(svg);
  draw(svg, args.data);
  if (!args.data.complete) args.setTriggerValue("missing", args.data.points.length);
}

function draw(svg, { points, chosen, ticks, label, colour }) {
  const [width, height] = [svg.clientWidth || 400, svg.clientHeight || 190];
  const [first, last] = [ticks[0][0], ticks[ticks.length - 1][0]];
  const x = (setting) => LEFT + ((setting - first) / (last - first)) * (width - LEFT - RIGHT);
  const y = (accuracy) => TOP + (1 - accuracy) * (height - TOP - BOTTOM);
  const append = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    svg.append(element);
  };
  const line = (accuracy, className) =>
    append("line", {
      x1: LEFT,
      x2: width - RIGHT,
      y1: y(accuracy),
      y2: y(accuracy),
      class: className,
    });
  svg.replaceChildren();
  svg.setAttribute("aria-label", label);
  for (const accuracy of [0, 0.5, 1]) {
    line(accuracy, "grid");
    append("text", { x: LEFT - 6, y: y(accuracy) + 4, class: "end" }, `${100 * accuracy}%`);
  }
  line(0.1, "guessing");
  append("text", { x: LEFT + 4, y: y(0.1) - 4 }, "guessing 10%");
  for (const [k, [setting, text]] of ticks.entries()) {
    const side = k === ticks.length - 1 ? "end" : k === 0 ? "" : "middle";
    append("text", { x: x(setting), y: height - 6, class: side }, text);
  }
  const path = points.map(([setting, accuracy]) => `${x(setting)},${y(accuracy)}`).join(" ");
  append("polyline", { points: path, stroke: colour });
  append("circle", { cx: x(chosen[0]), cy: y(chosen[1]), r: 6, fill: colour });
}
