#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "arguments.h"
#include "exports.h"
#include "sockets/listen.h"

namespace smem {
namespace {

// { fd, port } or errno; the descriptor is JavaScript's from here on.
Napi::Value to_report(Napi::Env env, int error, UniqueFd fd, int port) {
  if (error != 0) return Napi::Number::New(env, error);
  Napi::Object report = Napi::Object::New(env);
  if (report.IsEmpty()) return env.Undefined();
  report["fd"] = Napi::Number::New(env, fd.release());
  report["port"] = Napi::Number::New(env, port);
  return report;
}

// listenTcp(host, port, backlog)
Napi::Value listen_tcp_socket(const Napi::CallbackInfo& info) {
  int port = info[1].As<Napi::Number>().Int32Value();
  UniqueFd fd;
  const int error = listen_tcp(PathArgument(info[0]).text, &port, info[2].As<Napi::Number>().Int32Value(), &fd);
  return to_report(info.Env(), error, std::move(fd), port);
}

// listenUnix(path, backlog)
Napi::Value listen_unix_socket(const Napi::CallbackInfo& info) {
  UniqueFd fd;
  const int error = listen_unix(PathArgument(info[0]).text, info[1].As<Napi::Number>().Int32Value(), &fd);
  return to_report(info.Env(), error, std::move(fd), 0);
}

// duplicateDescriptor(fd) -> the duplicate, or -errno
Napi::Value duplicate_descriptor(const Napi::CallbackInfo& info) {
  const int duplicate = fcntl(info[0].As<Napi::Number>().Int32Value(), F_DUPFD_CLOEXEC, 0);
  return Napi::Number::New(info.Env(), duplicate < 0 ? -errno : duplicate);
}

// stopListening(fd) -> 0 or errno
Napi::Value stop_listening_there(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), stop_listening(info[0].As<Napi::Number>().Int32Value()));
}

// waitingConnections(fd)
Napi::Value count_waiting_connections(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), waiting_connections(info[0].As<Napi::Number>().Int32Value()));
}

}  // namespace

void export_sockets(Napi::Env env, Napi::Object exports) {
  exports["listenTcp"] = Napi::Function::New<listen_tcp_socket>(env, "listenTcp");
  exports["listenUnix"] = Napi::Function::New<listen_unix_socket>(env, "listenUnix");
  exports["duplicateDescriptor"] = Napi::Function::New<duplicate_descriptor>(env, "duplicateDescriptor");
  exports["stopListening"] = Napi::Function::New<stop_listening_there>(env, "stopListening");
  exports["waitingConnections"] = Napi::Function::New<count_waiting_connections>(env, "waitingConnections");
}

}  // namespace smem
