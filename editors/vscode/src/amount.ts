// Amounts of money that people type.

/** Reads an amount of dollars as people write it: `10`, `$10`, `12.50`, `12,50`. */
export function amount(text: string): number | undefined {
  const parts = /^\s*\$?\s*(\d{1,9})(?:[.,](\d{1,2}))?\s*\$?\s*$/.exec(text);
  const value = parts ? Number(`${parts[1]}.${parts[2] ?? '0'}`) : 0;
  return value > 0 ? value : undefined;
}
