# Finds a Python 3.11 or newer; sourced by the commands beside it. 查找 Python 3.11 或更新版本。
python=
for candidate in "${PORTAL_PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "需要 Python 3.11 或更新版本（可用 PORTAL_PYTHON 指定）。Python 3.11 or newer is needed (set PORTAL_PYTHON)." >&2
    exit 1
fi
