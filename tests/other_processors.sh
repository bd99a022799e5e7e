#!/usr/bin/env bash
# The numerical tests as another processor would run them: five sets of instructions, numbers of
# threads and seeds of the trained surrogates, the last beside other load. Some minutes each.
#     make test-processors                      all five
#     tests/other_processors.sh generic avx2    some of them
set -uo pipefail
cd "$(dirname "$0")/.."
TESTS="${TESTS:-tests/surrogate tests/search tests/floris tests/verification tests/problem}"

variant() {  # NAME SEED THREADS VARIABLE=VALUE...
    local name=$1 seed=$2 threads=$3
    shift 3
    echo "== $name: seed $seed, $threads threads, $*"
    env "$@" WINDOPT_FIXTURE_SEED="$seed" OMP_NUM_THREADS="$threads" \
        NUMBA_CACHE_DIR="build/numba-$name" \
        .venv/bin/python -m pytest -q --no-header -p no:cacheprovider \
        --numprocesses "${PROCESSES:-2}" --dist loadfile $TESTS
}

failed=()
for name in ${*:-host generic avx2 zen load}; do
    case $name in
        host) variant host 0 1 MKL_CBWR=AUTO ;;
        generic) variant generic 1 2 NUMBA_CPU_NAME=generic NUMBA_CPU_FEATURES= \
            ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE OPENBLAS_CORETYPE=Nehalem \
            NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4 AVX512_ICL AVX512_SPR" ;;
        avx2) variant avx2 2 4 NUMBA_CPU_NAME=haswell NUMBA_CPU_FEATURES=+avx,+avx2,+fma \
            ATEN_CPU_CAPABILITY=avx2 MKL_CBWR=AVX2 OPENBLAS_CORETYPE=Haswell \
            NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR" ;;
        zen) variant zen 3 2 NUMBA_CPU_NAME=znver2 NUMBA_CPU_FEATURES=+avx,+avx2,+fma \
            ATEN_CPU_CAPABILITY=avx2 MKL_CBWR=COMPATIBLE OPENBLAS_CORETYPE=Zen ;;
        load)
            yes > /dev/null & first=$!
            yes > /dev/null & second=$!
            variant load 4 1 MKL_CBWR=AUTO
            status=$?
            kill $first $second
            (exit $status)
            ;;
        *) echo "no variant '$name': host, generic, avx2, zen or load" >&2; exit 2 ;;
    esac || failed+=("$name")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}"
    exit 1
fi
