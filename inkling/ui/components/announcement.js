export default function ({ data, parentElement }) {
  const region = parentElement.querySelector(".spoken");
  if (region.textContent !== data) region.textContent = data;
}
