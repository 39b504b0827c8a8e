#include <string>

#include "arguments.h"
#include "classes.h"
#include "exports.h"
#include "poll_handle.h"

namespace smem {
namespace {

// PressurePoll of src/native/backend.ts. Dropping it closes it; it closes by itself when there is nothing more to come.
class PressurePoll final : public Napi::ObjectWrap<PressurePoll>, private PollHandle::Listener {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "PressurePoll", {InstanceMethod<&PressurePoll::close>("close")});
  }

  explicit PressurePoll(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PressurePoll>(info) {}
  ~PressurePoll() {
    if (handle_) handle_->close();
  }

  int start(Napi::Env env, PressureSource source) { return PollHandle::start(env, std::move(source), this, &handle_); }

 private:
  void close(const Napi::CallbackInfo&) {
    if (handle_) handle_->close();
    handle_ = nullptr;
  }

  // Calls the object's own function `notify`, which only the object keeps alive: otherwise it could never be collected.
  void on_event(uint64_t count) override {
    if (count == 0) handle_ = nullptr;
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    const Napi::Object self = Value();
    napi_value notify, argument;
    if (self.IsEmpty() || napi_get_named_property(env, self, "notify", &notify) != napi_ok) return;
    if (napi_create_double(env, static_cast<double>(count), &argument) != napi_ok) return;
    if (napi_make_callback(env, nullptr, self, notify, 1, &argument, nullptr) != napi_pending_exception) return;
    napi_value thrown;  // by the function: the process's affair, as of any callback
    if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
  }

  void on_teardown() override { handle_ = nullptr; }

  PollHandle* handle_ = nullptr;
};

std::string bytes_argument(const Napi::Value& value) {
  const Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
  return std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ElementLength());
}

// The PressurePoll, or an errno.
Napi::Value to_poll(const Napi::CallbackInfo& info, int error, PressureSource source, const Napi::Value& notify) {
  const Napi::Env env = info.Env();
  if (error != 0) return Napi::Number::New(env, error);
  // In an environment that is being torn down each of these may fail, and nobody waits for the result.
  const Classes* const classes = Classes::of(env);
  if (!classes || classes->pressure_poll.IsEmpty()) return env.Undefined();
  Napi::Object object = classes->pressure_poll.New({});
  PressurePoll* const poll = object.IsEmpty() ? nullptr : PressurePoll::Unwrap(object);
  if (!poll) return env.Undefined();
  object["notify"] = notify;
  error = poll->start(env, std::move(source));
  if (error != 0) return Napi::Number::New(env, error);
  return object;
}

// pollTrigger(path, bytes, notify) -> PressurePoll or errno
Napi::Value poll_trigger(const Napi::CallbackInfo& info) {
  PressureSource source;
  const int error = open_trigger(PathArgument(info[0]).text, bytes_argument(info[1]), &source);
  return to_poll(info, error, std::move(source), info[2]);
}

// pollStream(path, bytes, notify) -> PressurePoll or errno
Napi::Value poll_stream(const Napi::CallbackInfo& info) {
  PressureSource source;
  const int error = open_stream(PathArgument(info[0]).text, bytes_argument(info[1]), &source);
  return to_poll(info, error, std::move(source), info[2]);
}

// pollCounter(directory, file, arguments, notify) -> PressurePoll or errno
Napi::Value poll_counter(const Napi::CallbackInfo& info) {
  PressureSource source;
  const std::string arguments = info[2].As<Napi::String>().Utf8Value();
  const int error = open_counter(PathArgument(info[0]).text, PathArgument(info[1]).text, arguments, &source);
  return to_poll(info, error, std::move(source), info[3]);
}

}  // namespace

void export_pressure(Napi::Env env, Napi::Object exports) {
  Classes::of(env)->pressure_poll = Napi::Persistent(PressurePoll::define(env));
  exports["pollTrigger"] = Napi::Function::New<poll_trigger>(env, "pollTrigger");
  exports["pollStream"] = Napi::Function::New<poll_stream>(env, "pollStream");
  exports["pollCounter"] = Napi::Function::New<poll_counter>(env, "pollCounter");
}

}  // namespace smem
