// What htmx cannot say by itself: that a request has failed, so that nobody takes silence for success.

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

// A form that came back with faults: the list of them is read and reached first.
document.getElementById("summary")?.focus();
