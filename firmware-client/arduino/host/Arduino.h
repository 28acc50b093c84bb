// As much of an ESP32's Arduino core as the sketch asks for, over what a PC has. Not the real one: what the sketch
// says to it is checked by the compiler, what the real one makes of that is not.
#pragma once
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <string>

using String = std::string;
using std::min;

void delay(unsigned long ms);

struct Console {
  void begin(unsigned long) {}
  void printf(const char *format, ...) __attribute__((format(printf, 2, 3))) {
    va_list values;
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    fflush(stdout);
  }
};
inline Console Serial;
