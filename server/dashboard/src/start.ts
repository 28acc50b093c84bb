// What comes before the page. It is a file of its own, so that what the document itself shows is painted before the page is
// even looked into.

import { settle } from './theme.ts';

settle();
const start = () => import('./main.tsx');

// A page that nobody sees paints nothing.
if (document.visibilityState === 'hidden') {
  void start();
} else {
  requestAnimationFrame(() => setTimeout(start));
}
