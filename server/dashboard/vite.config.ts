import { defineConfig } from 'vite';

// Names without hashes: the program carries these files by name (server/assets/dashboard).
export default defineConfig({
  base: '/',
  build: {
    outDir: process.env.OUT ?? '../assets/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // As old as light-dark() is.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    cssCodeSplit: false,
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: {
      output: { entryFileNames: 'app.js', chunkFileNames: 'page.js', assetFileNames: 'app.[ext]' },
    },
  },
});
