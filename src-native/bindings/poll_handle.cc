#include "poll_handle.h"

#include <cerrno>

namespace smem {

int PollHandle::start(Napi::Env env, PressureSource source, Listener* listener, PollHandle** handle) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return ECANCELED;  // the environment is going
  PollHandle* const made = new PollHandle(std::move(source), listener);
  const int error = uv_poll_init(loop, &made->poll_, made->source_.fd.get());
  if (error != 0) {
    delete made;
    return -error;  // EPERM for what cannot be polled, such as a plain file
  }
  made->poll_.data = made;
  const bool priority = made->source_.kind == PressureKind::kTrigger;
  const int started = uv_poll_start(&made->poll_, priority ? UV_PRIORITIZED : UV_READABLE | UV_DISCONNECT, on_ready);
  uv_unref(reinterpret_cast<uv_handle_t*>(&made->poll_));
  // An environment that is being torn down takes no hook any more, and would not wait for the handle.
  if (started != 0 || napi_add_async_cleanup_hook(env, on_teardown, made, &made->hook_) != napi_ok) {
    made->close();
    return started != 0 ? -started : ECANCELED;
  }
  *handle = made;
  return 0;
}

void PollHandle::close() {
  uv_handle_t* const handle = reinterpret_cast<uv_handle_t*>(&poll_);
  if (uv_is_closing(handle)) return;
  listener_ = nullptr;
  uv_close(handle, on_closed);  // takes the descriptor out of the loop's set at once, so that it may be closed
  source_.fd.reset();
  source_.group.reset();
}

void PollHandle::on_ready(uv_poll_t* poll, int status, int) {
  PollHandle* const self = static_cast<PollHandle*>(poll->data);
  uint64_t count = 1;
  const PressureState state = take_event(self->source_, &count);
  const bool ended = state == PressureState::kEnded || (status < 0 && state == PressureState::kNothing);
  if (!ended && state == PressureState::kNothing) return;
  Listener* const listener = self->listener_;
  if (ended) self->close();
  if (listener) listener->on_event(ended ? 0 : count);
}

void PollHandle::on_closed(uv_handle_t* handle) {
  PollHandle* const self = static_cast<PollHandle*>(handle->data);
  if (self->hook_) napi_remove_async_cleanup_hook(self->hook_);
  delete self;
}

void PollHandle::on_teardown(napi_async_cleanup_hook_handle, void* data) {
  PollHandle* const self = static_cast<PollHandle*>(data);
  if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&self->poll_))) return;  // on_closed is about to come
  Listener* const listener = self->listener_;
  self->close();
  if (listener) listener->on_teardown();
}

}  // namespace smem
