// What a form and htmx cannot say by themselves: that it failed, so that nobody takes silence for success.

const trouble = document.getElementById("trouble");

function tell(text) {
  trouble.textContent = text;
  trouble.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:beforeRequest", () => { trouble.textContent = ""; });
document.addEventListener("htmx:sendError", () => tell(trouble.dataset.lost));
document.addEventListener("htmx:timeout", () => tell(trouble.dataset.lost));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  tell({ 401: trouble.dataset.signedOut, 413: trouble.dataset.large }[status] ?? trouble.dataset.failed);
});

// The server would refuse it unread, and a page gone back to has not always kept what was typed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.enctype === "multipart/form-data") return;
  if (new URLSearchParams(new FormData(form)).toString().length <= Number(trouble.dataset.most)) return;
  event.preventDefault();
  event.stopPropagation();
  tell(trouble.dataset.long);
}, true);

// A form that came back with faults: the list of them is read and reached first.
document.getElementById("summary")?.focus();
