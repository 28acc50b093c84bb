// A small example for the older route: any ESP32 board, its serial console, and GET /metrics/claude.
// Fill in the four lines below. The firmware beside this folder does all of this better.

#include <WiFi.h>
#include <HTTPClient.h>
#include <ArduinoJson.h>  // version 7

const char *NETWORK = "your network";
const char *PASSWORD = "its password";
const char *METRICS = "http://192.168.1.20:8377/metrics/claude?hours_back=24";
const char *TOKEN = "";  // costline token show

const unsigned long SHORTEST_MS = 30UL * 1000, LONGEST_MS = 300UL * 1000;
unsigned long pauseMs = SHORTEST_MS;

bool join() {
  if (WiFi.status() == WL_CONNECTED) return true;
  WiFi.mode(WIFI_STA);
  WiFi.begin(NETWORK, PASSWORD);
  for (int tenths = 0; tenths < 150 && WiFi.status() != WL_CONNECTED; tenths++) delay(100);
  return WiFi.status() == WL_CONNECTED;
}

bool show() {
  HTTPClient http;
  http.setConnectTimeout(3000);
  http.setTimeout(5000);
  if (!http.begin(METRICS)) return false;
  if (TOKEN[0]) http.addHeader("Authorization", String("Bearer ") + TOKEN);
  const int status = http.GET();
  bool read = false;
  if (status == 200) {
    JsonDocument metrics;
    read = !deserializeJson(metrics, http.getString());
    if (read) {
      Serial.printf("$%.2f in %.0f h, $%.2f an hour, %.0f tokens\n", metrics["total_cost_usd"].as<double>(),
                    metrics["window_hours"].as<double>(), metrics["burn_rate_per_hour"].as<double>(),
                    metrics["total_tokens"].as<double>());
    }
  }
  if (!read) Serial.printf("no metrics: status %d\n", status);
  http.end();
  return read;
}

void setup() { Serial.begin(115200); }

void loop() {
  // Twice as long after each failure, up to five minutes.
  const bool shown = join() && show();
  pauseMs = shown ? SHORTEST_MS : min(pauseMs * 2, LONGEST_MS);
  delay(pauseMs);
}
