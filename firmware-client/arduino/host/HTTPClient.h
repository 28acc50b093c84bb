// GET over a socket: a status, or a negative number where there is none, and a body of a known length.
#pragma once
#include "Arduino.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

class HTTPClient {
  String host, path, fields, body;
  int port = 80, connectTimeout = 5000, timeout = 5000;

 public:
  void setConnectTimeout(int ms) { connectTimeout = ms; }
  void setTimeout(int ms) { timeout = ms; }
  void addHeader(const String &name, const String &value) { fields += name + ": " + value + "\r\n"; }
  const String &getString() const { return body; }
  void end() {}

  bool begin(const char *url) {
    char name[64] = "", rest[128] = "";
    if (sscanf(url, "http://%63[^:/]:%d%127s", name, &port, rest) != 3) return false;
    host = name;
    path = rest;
    return true;
  }

  int GET() {
    const int stream = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    timeval wait{timeout / 1000, timeout % 1000 * 1000};
    setsockopt(stream, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (connect(stream, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0) {
      close(stream);
      return -1;
    }
    const String request = "GET " + path + " HTTP/1.1\r\nHost: " + host + ":" + std::to_string(port) +
                           "\r\nUser-Agent: ESP32HTTPClient\r\nConnection: close\r\n" + fields + "\r\n";
    String answer;
    if (send(stream, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size())) {
      char piece[512];
      for (ssize_t count; (count = recv(stream, piece, sizeof piece, 0)) > 0;) answer.append(piece, count);
    }
    close(stream);
    const size_t end = answer.find("\r\n\r\n");
    int status = -5;
    if (end == String::npos || sscanf(answer.c_str(), "HTTP/1.1 %d", &status) != 1) return -5;
    body = answer.substr(end + 4);
    return status;
  }
};
