#include "poll_handle.h"

#include <cerrno>

namespace smem {

int PollHandle::start(Napi::Env env, int fd, int events, Listener* listener, PollHandle** handle) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return ECANCELED;  // the environment is going
  PollHandle* const made = new PollHandle(listener);
  const int error = uv_poll_init(loop, &made->poll_, fd);
  if (error != 0) {
    delete made;
    return -error;
  }
  made->poll_.data = made;
  const int started = uv_poll_start(&made->poll_, events, [](uv_poll_t* poll, int status, int) {
    static_cast<PollHandle*>(poll->data)->listener_->on_ready(status);
  });
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
  // Takes the descriptor out of the loop's set at once, so that it may be closed.
  if (!uv_is_closing(handle)) uv_close(handle, on_closed);
}

void PollHandle::on_closed(uv_handle_t* handle) {
  PollHandle* const self = static_cast<PollHandle*>(handle->data);
  if (self->hook_) napi_remove_async_cleanup_hook(self->hook_);
  delete self;
}

void PollHandle::on_teardown(napi_async_cleanup_hook_handle, void* data) {
  PollHandle* const self = static_cast<PollHandle*>(data);
  if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&self->poll_))) return;  // on_closed is about to come
  self->close();
  self->listener_->on_teardown();
}

}  // namespace smem
