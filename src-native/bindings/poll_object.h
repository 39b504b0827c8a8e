// A JavaScript object that has a descriptor on the event loop, and a function `notify` that is called when something has come.
// Dropping the object closes it.
#ifndef SMEM_BINDINGS_POLL_OBJECT_H_
#define SMEM_BINDINGS_POLL_OBJECT_H_

#include <initializer_list>
#include <utility>

#include "classes.h"
#include "poll_handle.h"

namespace smem {

// `Source` is what Self reads from, and owns the descriptor. Self has `int descriptor() const`, `int events() const` and `on_ready`.
template <class Self, class Source>
class PollObject : public Napi::ObjectWrap<Self>, private PollHandle::Listener {
 public:
  static Napi::Function define(Napi::Env env, const char* name) {
    return PollObject::DefineClass(env, name, {PollObject::InstanceMethod("close", &PollObject::close_by_call)});
  }

  // The object, or an errno.
  static Napi::Value create(Napi::Env env, Napi::FunctionReference Classes::*its_class, Source source, const Napi::Value& notify) {
    // In an environment that is being torn down each of these may fail, and nobody waits for the result.
    const Classes* const classes = Classes::of(env);
    if (!classes || (classes->*its_class).IsEmpty()) return env.Undefined();
    Napi::Object object = (classes->*its_class).New({});
    Self* const self = object.IsEmpty() ? nullptr : Self::Unwrap(object);
    if (!self) return env.Undefined();
    object["notify"] = notify;
    self->source_ = std::move(source);
    const int error = PollHandle::start(env, self->descriptor(), self->events(), self, &self->handle_);
    if (error == 0) return object;
    self->source_ = {};
    return Napi::Number::New(env, error);
  }

  explicit PollObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Self>(info) {}
  ~PollObject() { close(); }

 protected:
  Source& source() { return source_; }
  const Source& source() const { return source_; }

  // At once and for good: handle first, then the descriptor.
  void close() {
    if (handle_) handle_->close();
    on_teardown();
  }

  // Calls the object's own function, which only the object keeps alive: otherwise it could never be collected.
  void notify(std::initializer_list<double> values) {
    constexpr size_t kMost = 2;
    const Napi::Env env = this->Env();
    const Napi::HandleScope scope(env);
    const Napi::Object self = this->Value();
    napi_value function, arguments[kMost];
    if (self.IsEmpty() || napi_get_named_property(env, self, "notify", &function) != napi_ok) return;
    size_t count = 0;
    for (const double value : values) {
      if (count == kMost || napi_create_double(env, value, &arguments[count++]) != napi_ok) return;
    }
    if (napi_make_callback(env, nullptr, self, function, count, arguments, nullptr) != napi_pending_exception) return;
    napi_value thrown;  // by the function: the process's affair, as of any callback
    if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
  }

 private:
  void close_by_call(const Napi::CallbackInfo&) { close(); }

  void on_teardown() override {
    handle_ = nullptr;
    source_ = {};
  }

  Source source_;
  PollHandle* handle_ = nullptr;
};

}  // namespace smem

#endif  // SMEM_BINDINGS_POLL_OBJECT_H_
