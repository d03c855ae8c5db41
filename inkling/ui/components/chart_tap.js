/** A finger does not hover, and Plotly selects what was hovered last: let it hover before the tap. */
export default function () {
  document.removeEventListener("pointerdown", window.inklingHover, true);
  window.inklingHover = (event) => {
    const surface = event.pointerType === "touch" && event.target.closest?.(".nsewdrag");
    if (!surface) return;
    const { clientX, clientY } = event;
    surface.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
  };
  document.addEventListener("pointerdown", window.inklingHover, true);
}
