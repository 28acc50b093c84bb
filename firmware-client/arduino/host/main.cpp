// Runs the sketch: so many turns of its loop, with pauses that are told instead of waited for.
#include <cstdlib>
#include "../costline-display/costline-display.ino"

void delay(unsigned long ms) { printf("pause of %lu s\n", ms / 1000); }

int main(int count, char **words) {
  if (count != 4) return 2;
  METRICS = words[1];
  TOKEN = words[2];
  setup();
  for (int turns = atoi(words[3]); turns > 0; turns--) loop();
}
