"""`windopt compile`: what the first run on a machine would otherwise pay."""

import time

from windopt.commands.output import say


def compile_code() -> None:
    """Compile what searches call, once on a machine: the first run then need not."""
    from windopt.search.compile_once import all_is_compiled, compile_all
    from windopt.surrogate.compiled.farm import kernels_folder

    if all_is_compiled():
        say(f"nothing to compile: the code is in {kernels_folder()}")
        return
    say("compiling what searches call, once on this machine")
    began = time.process_time()
    compile_all()
    say(f"compiled in {time.process_time() - began:.0f} CPU-seconds, kept in {kernels_folder()}")
