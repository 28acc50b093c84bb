#pragma once
#include "Arduino.h"

enum Status { WL_DISCONNECTED, WL_CONNECTED };
enum Mode { WIFI_STA };

struct Radio {
  Status state = WL_DISCONNECTED;
  void mode(Mode) {}
  void begin(const char *, const char *) { state = WL_CONNECTED; }
  Status status() const { return state; }
};
inline Radio WiFi;
