"""What to call in place of the names that the packages of other loggers have."""

from __future__ import annotations

_END = "complete(), or leave its with block"
_NUMBER = "log(name, value, step=step)"
_NUMBERS = "log({name: value, ...}, step=step)"
_FILE = "upload_file(name, path)"
_PARAMS = "log_params({name: value, ...})"

_OF_A_RUN = {
    **dict.fromkeys(("close", "end", "end_run", "finish", "stop"), _END),
    **dict.fromkeys(("add_scalar", "log_metric", "log_scalar"), _NUMBER),
    **dict.fromkeys(("add_scalars", "log_metrics"), _NUMBERS),
    **dict.fromkeys(("log_artifact", "save", "upload"), _FILE),
    **dict.fromkeys(("add_hparams", "log_hyperparams", "log_param"), _PARAMS),
    **dict.fromkeys(("add_figure", "log_figure"), "log_image(name, plot=figure, step=step)"),
    **dict.fromkeys(("add_image", "add_images"), "log_image(name, array, step=step)"),
    **dict.fromkeys(("add_tag", "set_tag"), "tag(key, value)"),
    **dict.fromkeys(("run_id", "run_uuid"), "id"),
    "add_audio": "log_audio(name, sound, sample_rate, step=step)",
    "add_histogram": "log_histogram(name, values, step=step)",
    "add_text": "log_text(name, text, step=step)",
    "add_video": "log_video(name, video, step=step)",
    "config": f"params to read parameters and {_PARAMS} to add some",
    "delete_tag": "remove_tags([key])",
    "get_metric": "get_metrics(name)",
    "log_artifacts": "upload_folder(name, path)",
    "log_model": f"{_FILE}, and register_model(name) for a version of a model",
    "summary": "get_metrics() to read what was logged",
    "url": "get_portal_url()",
}

_OF_THE_MODULE = dict.fromkeys(("init", "init_run", "start_run", "set_experiment"), "start(experiment)")


def of_the_package(name: str) -> str:
    """The end of a message that the package has no such attribute: what to use; empty for a name of no logger.

    A run itself has no such message: a class that has ``__getattr__`` makes each of its log calls a tenth dearer.
    """
    if name in _OF_THE_MODULE:
        return f"; use {_OF_THE_MODULE[name]}, which returns a run"
    return f"; start(experiment) returns a run, of which you use {_OF_A_RUN[name]}" if name in _OF_A_RUN else ""
