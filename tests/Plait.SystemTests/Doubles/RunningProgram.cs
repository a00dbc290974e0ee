using System.Diagnostics;
using System.Runtime.InteropServices;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.Secrecy;

namespace Plait.SystemTests.Doubles;

/// <summary>A program that runs, its lines recorded as they come. Disposing it kills it.</summary>
internal sealed partial class RunningProgram : IAsyncDisposable
{
    private const int SignalHangUp = 1;
    private const int SignalTerminate = 15;
    private const int SignalInterrupt = 2;

    private readonly Process _process;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopReading = new();
    private readonly Task _output;
    private readonly Task _errors;
    private int _disposed;

    private RunningProgram(Process process, Action<RunningProgram, string>? onLine, Transcript? transcript)
    {
        _process = process;
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _exited.TrySetResult(_process.ExitCode);
        _process.Start();
        Id = _process.Id;
        _output = ReadAsync(_process.StandardOutput, Both(transcript, "stdout", onLine is null ? Lines.Add : line => onLine(this, line)));
        _errors = ReadAsync(_process.StandardError, Both(transcript, "stderr", ErrorLines.Add));
    }

    /// <summary>Its process id.</summary>
    public int Id { get; }

    /// <summary>What it wrote to stdout, unless someone else takes the lines.</summary>
    public Recorded<string> Lines { get; } = new("lines on stdout");

    /// <summary>What it wrote to stderr.</summary>
    public Recorded<string> ErrorLines { get; } = new("lines on stderr");

    /// <summary>Its exit code, when it has ended. A signal's is 128 plus the signal.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>Ends when stdout has ended: later than <see cref="Exited"/> if a grandchild holds it open.</summary>
    public Task OutputEnded => _output;

    /// <summary>Ends when stdout and stderr have both ended.</summary>
    public Task StreamsEnded => Task.WhenAll(_output, _errors);

    /// <summary>Starts <paramref name="program"/>.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments, one by one.</param>
    /// <param name="environment">What to change in our own environment; null removes.</param>
    /// <param name="onLine">Takes each line of stdout in place of <see cref="Lines"/>; the first may come before this returns.</param>
    public static RunningProgram Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        Action<RunningProgram, string>? onLine = null)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            info.Environment[name] = value;
        }

        SecretsInUse.AddEnvironment(environment ?? new Dictionary<string, string?>());
        bool isPlait = info.ArgumentList.Prepend(program).Any(PlaitProgram.Is);
        return new RunningProgram(new Process { StartInfo = info }, onLine, isPlait ? Transcript.Begin(IsUnsafe(info.ArgumentList)) : null);
    }

    private static bool IsUnsafe(IEnumerable<string> arguments) =>
        arguments.Any(argument => File.Exists(argument) && argument.EndsWith("rc", StringComparison.Ordinal) &&
            File.ReadAllText(argument).Contains("SafeLogging 0", StringComparison.Ordinal));

    private static Action<string> Both(Transcript? transcript, string source, Action<string> take) => transcript is null
        ? take
        : line =>
        {
            transcript.Add(source, line);
            take(line);
        };

    /// <summary>Writes to its stdin.</summary>
    public async Task WriteAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Closes its stdin: pt-spec's way to ask for an end.</summary>
    public void CloseStdin() => _process.StandardInput.Close();

    /// <summary>Closes our end of its stdout: what it writes from now on goes nowhere.</summary>
    public void CloseStdout() => _process.StandardOutput.Close();

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => Signal(SignalTerminate);

    /// <summary>Sends SIGHUP.</summary>
    public void HangUp() => Signal(SignalHangUp);

    /// <summary>Sends SIGINT.</summary>
    public void Interrupt() => Signal(SignalInterrupt);

    /// <summary>Sends SIGKILL, to it alone.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> WaitForExitAsync(TimeSpan? limit = null) =>
        Exited.Within($"{Path.GetFileName(_process.StartInfo.FileName)} exits", limit);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        if (!Exited.IsCompleted)
        {
            _process.Kill(entireProcessTree: true);
        }

        await Exited;
        await _stopReading.CancelAsync(); // a grandchild may hold the streams open
        await Task.WhenAll(_output, _errors).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
        _stopReading.Dispose();
    }

    private void Signal(int number)
    {
        if (SendSignal(Id, number) != 0)
        {
            throw new InvalidOperationException($"signal {number} to {Id}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private async Task ReadAsync(StreamReader reader, Action<string> take)
    {
        await Task.Yield();
        try
        {
            while (await reader.ReadLineAsync(_stopReading.Token) is { } line)
            {
                take(line);
            }
        }
        catch (ObjectDisposedException)
        {
            // CloseStdout.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
