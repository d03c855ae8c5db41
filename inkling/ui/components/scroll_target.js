const NAME = "inkling_scrolled_for";

/** Return the first heading after a place. */
function headingAfter(place) {
  const after = Node.DOCUMENT_POSITION_FOLLOWING;
  return [...document.querySelectorAll(".stMain :is(h1, h2, h3)")].find(
    (heading) => place.compareDocumentPosition(heading) & after,
  );
}

export default function ({ data, parentElement }) {
  const { occasion, takesFocus } = data;
  if (!occasion || sessionStorage.getItem(NAME) === occasion) return;
  sessionStorage.setItem(NAME, occasion);
  // What follows this place is drawn in the next moments.
  setTimeout(() => {
    const target = parentElement.querySelector(".target") ?? parentElement;
    if (!target.checkVisibility()) return; // where nothing is out of sight
    const { top } = target.getBoundingClientRect();
    const header = Number.parseFloat(
      getComputedStyle(document.querySelector(".stMain")).scrollPaddingTop,
    );
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (top < header || top > innerHeight / 4) {
      target.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    }
    const heading = takesFocus && headingAfter(parentElement.host ?? parentElement);
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
  }, 300);
}
