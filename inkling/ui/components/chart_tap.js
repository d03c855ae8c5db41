const SURFACE = ".js-plotly-plot .nsewdrag";

/** A finger does not hover, and Plotly chooses what was hovered last: let it hover before the tap. */
function hover(event) {
  const surface = event.pointerType === "touch" && event.target.closest?.(SURFACE);
  if (!surface) return;
  const { clientX, clientY } = event;
  surface.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
}

let touched = null; // the surface under the finger

/** Plotly would keep the browser from scrolling; which touches scroll, the style says. */
function letScroll(event) {
  if (event.type === "touchstart") touched = event.target.closest?.(SURFACE);
  if (touched) event.preventDefault = () => {};
}

/** Plotly does not know that a touch became a scroll: end its line without an effect. */
function endLine(event) {
  if (!touched || event.cancelable) return;
  const plot = touched.closest(".js-plotly-plot");
  plot._dragging = false;
  document.dispatchEvent(new MouseEvent("mouseup"));
  for (const line of plot.querySelectorAll(".select-outline")) line.remove();
}

/** Where lines are drawn, Streamlit switches off that a click chooses a point. */
function choosePoint(event) {
  const plot = event.target.closest?.(SURFACE)?.closest(".js-plotly-plot");
  if (!plot?._hoverdata || !["lasso", "select"].includes(plot._fullLayout.dragmode)) return;
  const points = plot._hoverdata.map(({ curveNumber, pointNumber, customdata, data, x, y }) => ({
    curveNumber,
    pointNumber,
    pointIndex: pointNumber,
    customdata,
    data,
    x,
    y,
  }));
  plot.emit("plotly_selected", { points });
}

function listen() {
  document.addEventListener("pointerdown", hover, true);
  for (const name of ["touchstart", "touchmove"]) {
    document.addEventListener(name, letScroll, { capture: true, passive: true });
  }
  for (const name of ["touchend", "touchcancel"]) {
    document.addEventListener(name, endLine, true);
  }
  document.addEventListener("click", choosePoint, true);
  return true;
}

export default function () {
  window.inklingChartTaps ??= listen();
}
