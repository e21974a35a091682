"""Two small files as torch 2.15.0 wrote them, compressed: for tests that have no torch."""

import base64
import zlib

_ZIP = (
    "eNqlVM9v0lAcfy1QoPMXyhybOj1CogxKB+UwNxvTxNRExJiQXUhXOmgslNc+tuhpidl0N/VgPC3+Dx48zr/AxMtO"
    "3jwYExP/Bd9rC2s7BnG+8Ggo38+P9vv9vJociQKQSIATiwUZsLnUUpCS7z8zJDEN1sesHVpVTcPQVKSbPZt9ZLU0"
    "S2vd11XEQpCrQyrbINxKflvT2x0EaRWZltrJNwdIN2y2aWkbA91oNZHWs02rucWxMJLNNuIYY+NKpa3BqAthJcNU"
    "0BP3JgtjDQrXFCDTiOCr2h/AuMwgmHgsA5mWI3swKUdkag+y+x3iYwbBc3V4vsE4ZjZ0xYYXTrHSVyylqyHNYuHF"
    "DjbTiXZcsSK81InLNIIpR2QXXpapXXjFFUgjOFuHV187P+ZewUwdzjuoHlxwWbzHeGj22qOnuOaUcPA6JqYQvIGJ"
    "czmXcBHBm3V4a5CvyfHE4e/3syouJbt2astSYBG3LL9pWl0FNbc0y8ZNkcSFsZ1zV5Gwf/7z/SXxQfbp7GmwQti9"
    "tjQVQ2/3uloPSWJ1gsCUVeaJgdVt+IvGEvREAzMghg1sPEeaScZMEimwbugIGRrh2F35MU+6y0zkSICoN9VLBUkc"
    "3t1ZxV9r+IP3Dt4f1wjj3JufbzP4j8wURm7IWJTE/D++CkyAtb8cEr3u/vZRwmGcrCcO9ThJvHv2V++suMdK9PtH"
    "P83p+klwD+uPhmvl/wyUWKL87aD9dHr/M0AgA+g8uq1ZOp7AFwo5d5p6SxL5MxkpCHyVFwSBr1TLywVeqJSWC8VS"
    "ledKQrm4XK6U+arAcRWOuDzIzX/NYh9ZxyVFO93wfPoDyp5wfnyOhnH+6KUCmE8UOBnmMNwfnHTwLKDB2LSGGfyx"
    "mQkwvHMYRnELA/3pCDbriAajjIVR/hkPorKREaoYRvknM4j6cIziwij/VCWDkxQFxzMchvnbnAm+EQc2fgBrMsPc"
    "9uoWI3d8cQleU7R7FWLD4DFOBh94SXTP4BjjYpJOvVv7F3JHi9I="
)
_STREAM = (
    "eNp1kUtv00AQx9ePOO1CoZRnebVH5xKladKmJ3pAvSxPc9kLslxnFS8y3sx6XARSpVxaCp+BA0e+BXwdPgISB8Zx"
    "VEElRvvQzs7M77+zM/czz39/Ofi1+ebbi/XuzH3606P1GFgoVxljU2vQpCaPj5QttSnAoQC5Qje5RsxVrIqxTgpw"
    "zyQnJ76fqrjUH1QJ3jH4oWyRs8yMRWgJV3p00gVCIHzp1zVMMYG28KuKmClhcpUiUUr+3I6VVePHOkUOrBOBE8ol"
    "yki675SeZAhuisamWTeuUOclj606rHQ+jlEVpbHxUZ+DF4ayXfMpMpko8JsUfpCbBF81Tg4tuUwxe7t7W7u94WAA"
    "wVxlOq1IWPAMYemlYMIV3iksC084p8A/ZbWgSwiXI1iRwVzVoU5KuPIfTdPEJm8VKsvhakaqMj9rqKOd7d52f7jT"
    "g9WsLVyiXZvTTmBNOCdwvSHdQLgZwa2z+eH2R7gTwbp0KL2Au025xcOeUDvP33VvQeiPhr3RYAT3ieAQ4QEROp2m"
    "8kOEjQg26+6/rn/83wzngkb3Qqc81a1V1NZe7C47t0eM/fgesL9tRj62T4PmjObX/T/maqQi"
)


def zip_file() -> bytes:
    return zlib.decompress(base64.b64decode(_ZIP))


def stream_file() -> bytes:
    return zlib.decompress(base64.b64decode(_STREAM))
