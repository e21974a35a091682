"""The HTML report in a real browser: report_test.py VMAF CHROMIUM FOLDER.

It opens, draws, zooms with mouse, wheel and keyboard, shows the worst frames, has no console error
and asks no network for anything; 10,000 frames of 4 clips stay smooth. Screenshots are left in
FOLDER to be looked at.
"""

import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from browser import Browser

vmaf, chromium, folder = (
    str(pathlib.Path(sys.argv[1]).resolve()),
    sys.argv[2],
    pathlib.Path(sys.argv[3]).resolve(),
)
folder.mkdir(parents=True, exist_ok=True)
READY = "document.body !== null && document.body.dataset.ready === 'true'"


def clip(name, frames, seed, noise, size=(32, 24)):
    """A y4m clip of moving stripes; `noise` spoils it, most in some frames."""
    generator = random.Random(seed)
    luma, chroma = size[0] * size[1], size[0] * size[1] // 2
    stripes = bytes((16 + 7 * i) % 220 for i in range(4096)) * (luma // 4096 + 2)
    with open(folder / name, "wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F25:1 C420\n" % size)
        for frame in range(frames):
            start = frame % 4096
            plane = bytearray(stripes[start : start + luma])
            for _ in range(int(noise * (1 + frame % 50) * luma / 768)):
                plane[generator.randrange(luma)] = generator.randrange(256)
            file.write(b"FRAME\n" + bytes(plane) + bytes([128]) * chroma)


def report(page, *arguments):
    subprocess.run([vmaf, *arguments, "--quiet", "--report", page], cwd=folder, check=True)
    return folder / page


def ink(browser, identifier):
    """How many colours a plot's canvas has: an empty one has a single one."""
    return browser.evaluate(f"""(() => {{ const c = document.querySelector('#{identifier} canvas');
      const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
      for (let i = 0; i < p.length; i += 4)
        seen.add(p[i] << 16 | p[i + 1] << 8 | p[i + 2] | p[i + 3] << 24);
      return seen.size; }})()""")


def zoomed(browser):
    scale = browser.evaluate(
        "(() => { const s = report.plots.curve.scales.x; return [s.min, s.max]; })()"
    )
    return scale[1] - scale[0]


def place(browser, selector):
    browser.evaluate(f"document.querySelector('{selector}').scrollIntoView({{block: 'center'}})")
    return browser.evaluate(
        f"(() => {{ const r = document.querySelector('{selector}').getBoundingClientRect();"
        " return [r.x, r.y, r.width, r.height]; })()"
    )


def changed(browser, before, what):
    end = time.monotonic() + 5
    while zoomed(browser) == before:
        assert time.monotonic() < end, f"{what} did not change the zoom of {before} frames"
        time.sleep(0.02)
    return zoomed(browser)


def until(browser, wanted, what):
    end = time.monotonic() + 5
    while zoomed(browser) != wanted:
        assert time.monotonic() < end, (
            f"{what} leaves the zoom at {zoomed(browser)} frames instead of {wanted}"
        )
        time.sleep(0.02)


def check_zoom(browser):
    browser.evaluate("document.getElementById('reset').click()")
    x, y, width, height = place(browser, "#curve .u-over")
    time.sleep(0.3)
    whole = zoomed(browser)
    browser.drag(x + width * 0.25, y + height / 2, x + width * 0.75)
    half = changed(browser, whole, "dragging")
    assert abs(half - whole / 2) < whole / 20, (half, whole)
    browser.mouse("mouseWheel", x + width / 2, y + height / 2, deltaX=0, deltaY=-120)
    assert changed(browser, half, "the wheel") < half
    browser.evaluate("document.getElementById('curve').focus()")
    browser.key("0", "0")
    until(browser, whole, "0")
    browser.key("+", "+")
    assert changed(browser, whole, "+") < whole
    browser.evaluate("document.getElementById('reset').click()")
    until(browser, whole, "the button")
    browser.mouse("mouseMoved", x + width / 2, y + height / 2)
    time.sleep(0.2)
    assert "frame" in browser.evaluate("document.querySelector('#curve .u-over').innerText"), (
        "hovering shows no scores"
    )


def check_parts(browser):
    """Cards, strip, pictures, rate and provenance of the small report."""
    assert browser.evaluate("document.querySelectorAll('.card').length") == 2
    heads = browser.evaluate(
        "[...document.querySelectorAll('#pooled tr.group th')].map((e) => e.firstChild.textContent)"
    )
    assert heads == ["vmaf", "psnr_y", "psnr_cb", "psnr_cr"], f"asked for, at the head: {heads}"
    folded = browser.evaluate("document.getElementById('pooled-rest').textContent")
    assert "integer_adm2" in folded and "psnr" not in folded
    assert browser.evaluate("document.querySelectorAll('#strip button').length") == 10
    assert browser.evaluate(
        "[...document.querySelectorAll('#pictures img')].every((i) => i.complete && "
        "i.naturalWidth > 100)"
    ), "a picture is broken"
    browser.evaluate(
        "(() => { const s = document.querySelector('#pictures input'); s.value = 20; "
        "s.dispatchEvent(new Event('input')); })()"
    )
    assert (
        browser.evaluate("document.querySelector('.compare').style.getPropertyValue('--at')")
        == "20%"
    )
    assert "N/A" in browser.evaluate("document.getElementById('rate-note').textContent"), (
        "y4m has no bit rate"
    )
    browser.evaluate(
        "(() => { const m = document.getElementById('metric'); m.value = 'psnr_y'; "
        "m.dispatchEvent(new Event('change')); })()"
    )
    assert ink(browser, "curve") > 10
    assert (
        len(
            browser.evaluate(
                "[...document.querySelectorAll('td.hash')].map((e) => "
                "e.textContent).filter((t) => t.length === 64)"
            )
        )
        == 3
    )
    assert "no network took part" in browser.evaluate(
        "document.getElementById('provenance').innerText"
    )


def check_shots(browser, count):
    """The worst shots with their pictures, all of them behind a summary, by keyboard alone."""
    rows = "document.querySelectorAll('#shots tbody tr').length"
    assert browser.evaluate(rows) == min(count, 10)
    assert browser.evaluate("document.querySelectorAll('#shots-all tbody tr').length") == count
    assert browser.evaluate(
        "[...document.querySelectorAll('#shots img')].every((i) => i.complete && "
        "i.naturalWidth > 20)"
    ), "a picture of a shot is broken"
    note = "document.getElementById('shots-note').textContent"
    before = browser.evaluate(note)
    assert before.startswith(f"{count} shots of "), before
    browser.evaluate("document.getElementById('worst-clip').focus()")
    browser.key("ArrowDown")
    assert browser.evaluate(note) != before, "another clip has other shots"
    browser.evaluate("document.querySelector('#shots-section summary').focus()")
    browser.key(" ", " ")
    assert browser.evaluate("document.querySelector('#shots-section details').open")
    browser.key(" ", " ")


def check_small():
    for number, noise in enumerate((0, 1, 3)):
        clip(f"small{number}.y4m", 40, number, noise, (320, 240))
    page = report(
        "small.html",
        "-r",
        "small0.y4m",
        "-d",
        "small1.y4m",
        "-d",
        "small2.y4m",
        "--feature",
        "psnr",
        "--window",
        "5",
    )
    text = page.read_text()
    assert (
        "http://" not in text.split('<script type="application/json"')[0]
        and "https://" not in text.split('<script type="application/json"')[0]
    )
    browser = Browser(chromium)
    try:
        browser.open(page, READY)
        for identifier in ("curve", "histogram", "cdf"):
            assert ink(browser, identifier) > 10, f"{identifier} is empty"
        check_zoom(browser)
        check_parts(browser)
        browser.screenshot(folder / "small_light.png")
        browser.evaluate("document.getElementById('theme').click()")
        browser.screenshot(folder / "small_dark.png")
        assert not browser.complaints(), browser.complaints()
    finally:
        browser.close()


def check_large():
    for number in range(5):
        clip(f"large{number}.y4m", 10000, number, number / 20)
    page = report(
        "large.html",
        "-r",
        "large0.y4m",
        *[word for i in range(1, 5) for word in ("-d", f"large{i}.y4m")],
        "--no_prediction",
        "--feature",
        "psnr",
        "--shots",
        "50",
    )
    browser = Browser(chromium)
    try:
        start = time.monotonic()
        browser.open(page, READY)
        print(f"it opens in {time.monotonic() - start:.1f} s")
        assert (
            browser.evaluate(
                "report.plots.curve.data[0].length * (report.plots.curve.data.length - 1)"
            )
            == 40000
        )
        check_shots(browser, 200)
        milliseconds = browser.evaluate("""new Promise((done) => {
          const u = report.plots.curve, times = [];
          let step = 0;
          const next = () => {
            const start = performance.now();
            u.setScale('x', {min: step * 40, max: 9999 - step * 40});
            requestAnimationFrame(() => {
              times.push(performance.now() - start);
              if (++step < 40) next(); else done(times.sort((a, b) => a - b));
            });
          };
          next(); })""")
        print(
            f"a redraw of 4 clips of 10,000 frames: median {milliseconds[20]:.1f} ms, 95 % "
            f"{milliseconds[37]:.1f} ms; page of {page.stat().st_size >> 10} kB"
        )
        assert milliseconds[20] < 100, milliseconds
        check_zoom(browser)
        browser.screenshot(folder / "large_light.png")
        browser.evaluate("document.getElementById('theme').click()")
        browser.screenshot(folder / "large_dark.png")
        assert not browser.complaints(), browser.complaints()
    finally:
        browser.close()


def encodes():
    """Encodes of two codecs, as words of the command."""
    frames = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=1,noise=alls=8:allf=t"]
    subprocess.run(
        [
            "ffmpeg",
            "-nostdin",
            "-loglevel",
            "error",
            "-y",
            *frames,
            "-pix_fmt",
            "yuv420p",
            "rate.y4m",
        ],
        cwd=folder,
        check=True,
    )
    words = []
    for codec in ("mpeg4", "mpeg2video"):
        for quality in (2, 5, 10, 20, 31):
            name = f"{codec}_{quality}.mp4"
            subprocess.run(
                [
                    "ffmpeg",
                    "-nostdin",
                    "-loglevel",
                    "error",
                    "-y",
                    "-i",
                    "rate.y4m",
                    "-c:v",
                    codec,
                    "-q:v",
                    str(quality),
                    name,
                ],
                cwd=folder,
                check=True,
            )
            words += ["-d", name, "--curve", codec]
    return words


def check_rate():
    """Encodes of two codecs: the rate-quality plot, BD-rate, hull and LPIPS maps; in a wide and in
    a narrow window.
    """
    words = encodes()
    maps = (pathlib.Path(__file__).parents[2] / "models/store/tiny/lpips_sq.onnx").exists()
    page = report(
        "rate.html",
        "-r",
        "rate.y4m",
        *words,
        "--feature",
        "psnr",
        *(["--lpips-map"] if maps else []),
    )
    for name, width, height in (("rate_light", 1280, 900), ("rate_narrow", 390, 800)):
        browser = Browser(chromium, width, height)
        try:
            browser.open(page, READY)
            assert ink(browser, "rate") > 10, "the rate-quality plot is empty"
            bd = browser.evaluate("document.getElementById('bd').innerText")
            assert "mpeg2video" in bd and "%" in bd and "N/A" not in bd, bd
            assert browser.evaluate("report.data.rate_quality.vmaf.hull.length") >= 2
            assert browser.evaluate("report.plots.rate.series.length") == 4, (
                "kbit/s, two curves, the hull"
            )
            pictures = browser.evaluate(
                "[...document.querySelectorAll('#pictures img')].filter((i) => i.complete && "
                "i.naturalWidth > 100).length"
            )
            assert pictures == (4 if maps else 3), (
                f"{pictures} pictures: reference, distorted, difference and, with its network, "
                f"the LPIPS map"
            )
            overflow = browser.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, f"the page is {overflow} pixels wider than a window of {width}"
            browser.screenshot(folder / f"{name}.png")
            assert not browser.complaints(), browser.complaints()
        finally:
            browser.close()


def check_still():
    """A pair of images: no curves, the pictures large, with difference and, with its network, the
    map of LPIPS; in light and dark, by keyboard.
    """
    for name, more in (("still_a", ""), ("still_b", ",boxblur=3")):
        subprocess.run(
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i"]
            + [f"testsrc2=size=960x540{more}", "-frames:v", "1", f"{name}.png"],
            cwd=folder,
            check=True,
        )
    maps = (pathlib.Path(__file__).parents[2] / "models/store/tiny/lpips_sq.onnx").exists()
    metrics = ["--no_prediction", "--feature", "psnr", *(["--feature", "lpips"] if maps else [])]
    page = report("still.html", "-r", "still_a.png", "-d", "still_b.png", *metrics)
    browser = Browser(chromium)
    try:
        browser.open(page, READY)
        assert browser.evaluate("Object.keys(report.plots).length") == 0, "curves of one frame"
        assert browser.evaluate(
            "['curve', 'histogram', 'rate', 'strip'].every((i) => "
            "document.getElementById(i).offsetParent === null)"
        ), "a curve is shown"
        widths = browser.evaluate(
            "[...document.querySelectorAll('#pictures img')].map((i) => i.naturalWidth)"
        )
        assert widths[:3] == [960] * 3 and len(widths) == (4 if maps else 3), widths
        shown = browser.evaluate("document.querySelector('.compare').clientWidth")
        assert shown > 1100, f"the picture has {shown} of 1280 columns"
        browser.evaluate("document.querySelector('#pictures input').focus()")
        browser.key("ArrowRight")
        at = "document.querySelector('.compare').style.getPropertyValue('--at')"
        assert browser.evaluate(at) == "51%", browser.evaluate(at)
        names = browser.evaluate(
            "[...document.querySelectorAll('#pooled tr.group th')].map((e) => "
            "e.firstChild.textContent)"
        )
        assert names == ["psnr_y", "psnr_cb", "psnr_cr", *(["lpips"] if maps else [])], names
        browser.screenshot(folder / "still_light.png")
        browser.evaluate("document.getElementById('theme').click()")
        browser.screenshot(folder / "still_dark.png")
        assert not browser.complaints(), browser.complaints()
    finally:
        browser.close()


check_small()
check_rate()
check_still()
check_large()
