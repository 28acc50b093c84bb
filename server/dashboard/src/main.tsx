import { render } from 'preact';
import { redeem } from './api.ts';
import { listen } from './live.ts';
import { App } from './views/app.tsx';

const page = document.getElementById('page');
if (page !== null) {
  page.replaceChildren();
  render(<App />, page);
}
void redeem().then(listen);
