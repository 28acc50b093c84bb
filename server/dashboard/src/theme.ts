// Whether the page is light, dark, or as the system.

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'costline.theme';

/** What the switch was left at. */
export function kept(): Theme {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : 'auto';
}

/** Has the page look so, and so again the next time. */
export function settle(theme = kept()): void {
  if (theme === 'auto') {
    localStorage.removeItem(KEY);
    document.documentElement.removeAttribute('data-theme');
  } else {
    localStorage.setItem(KEY, theme);
    document.documentElement.setAttribute('data-theme', theme);
  }
}
