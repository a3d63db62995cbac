// Gives the operator a file that the page has made.
export function download(contents: Blob | string, name: string): void {
  const blob = typeof contents === 'string' ? new Blob([contents], { type: 'text/csv;charset=utf-8' }) : contents;
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read by then, and keeps what it reads.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
