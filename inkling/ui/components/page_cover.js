export default function ({ data, parentElement }) {
  const cover = parentElement.querySelector(".cover");
  cover.textContent = data;
  // Of a modal dialog the browser itself makes the rest of the page inert.
  if (data && !cover.open) cover.showModal();
  if (!data && cover.open) cover.close();
  cover.oncancel = (event) => event.preventDefault();
  cover.onclose = () => {
    if (cover.textContent) cover.showModal();
  };
}
