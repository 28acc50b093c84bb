// The page's script and style, which the bundler hands over as text.

declare module 'page:*' {
  const text: string;
  export default text;
}
