// The pages for unknown routes and wrong verbs: clients of MLflow show their text.

export const notFoundPage = page(
  '404 Not Found',
  'Not Found',
  'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
);

export const methodNotAllowedPage = page(
  '405 Method Not Allowed',
  'Method Not Allowed',
  'The method is not allowed for the requested URL.',
);

function page(title: string, heading: string, text: string): string {
  return `<!doctype html>\n<html lang=en>\n<title>${title}</title>\n<h1>${heading}</h1>\n<p>${text}</p>\n`;
}
