// The data behind the page, as the file that the experiment wrote.
document.getElementById("download").addEventListener("click", () => {
  const text = JSON.stringify(JSON.parse(document.getElementById("summary").textContent), null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "summary.json";
  link.click();
  URL.revokeObjectURL(link.href);
});
