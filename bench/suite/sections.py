"""What is measured, section by section. A row is what was run and the raw figures of every run."""

import dataclasses
import pathlib

from suite import clips as make
from suite import measure

HD, UHD, UHD2 = "1920x1080", "3840x2160", "7680x4320"

# How many frames of the clip a case is timed on: the peer's slow metrics would take the day.
FRAMES = {
    "vmaf": 24,
    "vmaf+neg": 16,
    "vif": 24,
    "float_vif": 8,
    "float_adm": 12,
    "float_ansnr": 8,
    "float_ssim": 16,
    "float_ssim=scale=1": 4,
    "float_ms_ssim": 4,
    "psnr_hvs": 16,
    "ciede": 3,
    "dists_256": 60,
    "--aom_ctc v3.0": 3,
}
METRICS = [
    "vif",
    "adm",
    "motion",
    "psnr",
    "cambi",
    "speed_chroma",
    "speed_temporal",
    "float_vif",
    "float_adm",
    "float_motion",
    "float_psnr",
    "float_moment",
    "float_ansnr",
    "float_ssim",
    "float_ssim=scale=1",
    "float_ms_ssim",
    "psnr_hvs",
    "ciede",
    "--aom_ctc v3.0",
]
DEEP = [
    "vif",
    "adm",
    "motion",
    "psnr",
    "cambi",
    "float_vif",
    "float_adm",
    "float_motion",
    "float_ansnr",
    "float_ssim",
    "float_ms_ssim",
    "psnr_hvs",
    "ciede",
]
ALONE = {"ssimulacra2": 12, "xpsnr": 12, "saliency": 2}  # metric -> frames; libvmaf has none
ENGINES = {
    "onnxruntime": "engine=onnxruntime",
    "stream": "engine=stream",
    "stream, 16 bits": "engine=stream:precision=fast",
}
# What the peer is given in the place of 1080p pictures, and how many frames each run has.
NETWORKS = {
    "lpips": (HD, 4),
    "lpips_alex": (HD, 4),
    "lpips_vgg": (HD, 1),
    "dists": (HD, 2),
    "dists_256": ("455x256", 60),
}


@dataclasses.dataclass
class Bench:
    """How to measure."""

    peer: pathlib.Path | None
    folder: pathlib.Path
    quick: bool
    threads: list[int]

    @property
    def rounds(self):
        return 3 if self.quick else 7

    @property
    def masks(self):
        return [0, measure.AVX2_ONLY] if "AVX-512" in measure.instruction_sets() else [0]

    def frames(self, case, most=40):
        count = min(FRAMES.get(case, 40), most)
        return max(1, count // 2) if self.quick else count

    def clips(self, size=HD, bits=8, noise=True):
        frames = {HD: 40, UHD: 12, UHD2: 1}.get(size, 4)
        return make.y4m(self.folder, size, bits, frames, noise)

    def both(self, case, clips, threads, **options):
        """Runs of the peer and of visq, in turns."""
        programs = {"peer": self.peer, "visq": measure.VMAF}
        return measure.in_turns(
            {
                name: measure.vmaf(program, case, clips, threads=threads, **options)
                for name, program in programs.items()
                if program
            },
            threads,
            self.rounds,
        )


def compare(bench, case, size=HD, bits=8, *, threads=1, mask=0):
    clips, frames = bench.clips(size, bits), bench.frames(case, 40 if size == HD else 8)
    return {
        "what": case,
        "size": size,
        "bits": bits,
        "threads": threads,
        "mask": mask,
        "frames": frames,
        "runs": bench.both(case, clips, threads, mask=mask, frames=frames),
    }


def vmaf(bench):
    for case in ("vmaf", "vmaf+neg"):
        for mask in bench.masks:
            for threads in bench.threads:
                yield compare(bench, case, threads=threads, mask=mask)
    for threads in bench.threads:
        yield compare(bench, "vmaf", bits=10, threads=threads)
    for threads in bench.threads:
        yield compare(bench, "vmaf", UHD, threads=threads)


def both_models(bench):
    """In turns, and the same frames: rows of different runs do not say what a model adds."""
    clips, frames = bench.clips(), bench.frames("whole", 40)
    for threads in bench.threads:
        commands = {
            case: measure.vmaf(measure.VMAF, case, clips, frames=frames, threads=threads)
            for case in ("vmaf", "vmaf+neg")
        }
        yield {
            "threads": threads,
            "frames": frames,
            "runs": measure.in_turns(commands, threads, bench.rounds),
        }


def metrics(bench):
    for case in METRICS:
        for threads, mask in [(1, mask) for mask in bench.masks] + [(2, 0)]:
            if threads in bench.threads:
                yield compare(bench, case, threads=threads, mask=mask)


def deep(bench):
    for case in DEEP:
        yield compare(bench, case, bits=10)


def large(bench):
    for case in ("vif", "adm", "motion", "psnr", "cambi", "float_ssim"):
        yield compare(bench, case, UHD)


def psnr(bench):
    short = bench.clips()
    for frames in (1, 40, 200):
        clips = short if frames <= 40 else make.repeated(short, 5)
        for threads in bench.threads:
            yield {
                "frames": frames,
                "threads": threads,
                "runs": bench.both("psnr", clips, threads, frames=frames),
            }


def start(bench):
    small = bench.clips("64x64")
    images = make.png(small)
    ours = {"program": "visq", "path": measure.VMAF}
    peer = {"program": "peer", "path": bench.peer}
    cases = [
        ("--version", None, [ours, peer]),
        ("psnr of two 64x64 PNG files", images, [ours]),
        ("psnr of 64x64 y4m, one frame", small, [ours, peer]),
        ("vmaf of 64x64 y4m, one frame", small, [ours, peer]),
    ]
    for name, clips, programs in cases:
        commands = {}
        for program in programs:
            if program["path"]:
                commands[program["program"]] = (
                    [program["path"], "--version"]
                    if clips is None
                    else measure.vmaf(program["path"], name.split()[0], clips, frames=1)
                )
        yield {"what": name, "runs": measure.in_turns(commands, 1, 6 if bench.quick else 20)}


def together(bench):
    frames = bench.frames("vmaf", 40)
    y4m = bench.clips()
    for kind, clips in (("y4m", y4m), ("mp4 (H.264)", make.mp4(y4m))):
        rates = [round(make.megabits_a_second(clip, 40)) for clip in clips]
        for threads in bench.threads:
            commands = {
                str(count): measure.vmaf(
                    measure.VMAF, "vmaf", clips, threads=threads, frames=frames, distorted=count
                )
                for count in (1, 4)
            }
            yield {
                "files": kind,
                "rates": rates,
                "threads": threads,
                "runs": measure.in_turns(commands, threads, bench.rounds),
            }


def decode(bench):
    for size in (HD, UHD):
        y4m = bench.clips(size, noise=False)
        files = {"y4m": y4m, "mp4": make.mp4(y4m)}
        frames = 40 if size == HD else 12
        rates = [round(make.megabits_a_second(clip, frames)) for clip in files["mp4"]]
        for case in ("psnr", "vmaf"):
            for threads in bench.threads:
                commands = {
                    kind: measure.vmaf(measure.VMAF, case, clips, threads=threads)
                    for kind, clips in files.items()
                }
                yield {
                    "what": case,
                    "size": size,
                    "threads": threads,
                    "frames": frames,
                    "rates": rates,
                    "runs": measure.in_turns(commands, threads, bench.rounds),
                }


def one_frame(bench):
    for size in (UHD, UHD2):
        for case in ("vmaf", "psnr", "cambi", "float_ms_ssim", "ssimulacra2"):
            if case == "cambi" and size == UHD2:
                continue  # whose window is for 4K at most
            clips = bench.clips(size)
            commands = {
                f"visq {threads}": measure.vmaf(
                    measure.VMAF, case, clips, frames=1, threads=threads
                )
                for threads in bench.threads
            }
            cores = {f"visq {threads}": threads for threads in bench.threads}
            if bench.peer and case != "ssimulacra2":
                commands["peer"] = measure.vmaf(bench.peer, case, clips, frames=1)
                cores["peer"] = 1
            yield {
                "what": case,
                "size": size,
                "runs": measure.in_turns(commands, cores, bench.rounds),
            }


def alone(bench):
    for case, size in ((case, size) for case in ALONE for size in (HD, UHD)):
        clips = bench.clips(size)
        for threads in bench.threads:
            frames = bench.frames(case, ALONE[case])
            command = measure.vmaf(measure.VMAF, case, clips, frames=frames, threads=threads)
            yield {
                "what": case,
                "size": size,
                "threads": threads,
                "frames": frames,
                "runs": measure.in_turns({"visq": command}, threads, bench.rounds),
            }


def networks(bench):
    clips = make.repeated(bench.clips(), 2)
    models = make.networks(bench.folder)
    for name, (size, most) in NETWORKS.items():
        model, frames = models[name], bench.frames(name, most)
        for threads in bench.threads:
            # ONNX Runtime inside the command, and a further clip, are measured once.
            engines = ENGINES if name == "lpips" else dict(list(ENGINES.items())[1:])
            commands = {
                "peer": [measure.NETWORK_PEER, model, *size.split("x"), threads, frames],
                **{
                    f"{engine} {count}": measure.vmaf(
                        measure.VMAF,
                        f"{name}={options}:model_path={model}",
                        clips,
                        threads=threads,
                        frames=frames,
                        distorted=count,
                    )
                    for engine, options in engines.items()
                    for count in ((1, 2) if name == "lpips" else (1,))
                },
            }
            yield {
                "network": name,
                "size": HD,
                "threads": threads,
                "frames": frames,
                "engines": list(engines),
                "runs": measure.in_turns(commands, threads, 3 if most <= 2 else bench.rounds),
            }


def shots(bench):
    """Four windows of TransNet V2, beside a light and a heavy metric."""
    clips = make.repeated(bench.clips(), 5)
    for case in ("psnr", "vmaf"):
        for threads in bench.threads:
            frames = 50 if bench.quick else 200
            without = measure.vmaf(measure.VMAF, case, clips, frames=frames, threads=threads)
            yield {
                "what": case,
                "threads": threads,
                "frames": frames,
                "runs": measure.in_turns(
                    {"without": without, "detect": [*without, "--shots", "detect"]},
                    threads,
                    bench.rounds,
                ),
            }


SECTIONS = {
    "vmaf": vmaf,
    "both_models": both_models,
    "metrics": metrics,
    "bits10": deep,
    "uhd": large,
    "psnr": psnr,
    "start": start,
    "clips": together,
    "decode": decode,
    "one_frame": one_frame,
    "alone": alone,
    "networks": networks,
    "shots": shots,
}
