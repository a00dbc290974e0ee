using System.Globalization;
using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Cli.Sip003;

/// <summary>
/// The process that started this one, while it lives. It is asked for again and again, as simple-obfs does: PR_SET_PDEATHSIG means the end of the
/// parent's thread (prctl(2)), and threads of a parent that is written in Rust or Go come and go.
/// </summary>
internal sealed class ParentProcess : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly int _id = OperatingSystem.IsWindows() ? 0 : Libc.Parent;
    private readonly ITimer? _timer;

    private ParentProcess(Action ended, TimeProvider time)
    {
        if (!OperatingSystem.IsWindows())
        {
            _timer = time.CreateTimer(_ =>
            {
                if (Libc.Parent != _id)
                {
                    ended();
                }
            }, null, s_interval, s_interval);
        }
    }

    /// <summary>Watches it.</summary>
    /// <param name="ended">Called when it has ended, more than once.</param>
    /// <param name="time">The clock.</param>
    internal static ParentProcess Watch(Action ended, TimeProvider time) => new(ended, time);

    /// <summary>The name of its program, of which Linux keeps 15 characters (proc(5)); null if it cannot be known.</summary>
    internal string? Name
    {
        get
        {
            try
            {
                return OperatingSystem.IsLinux() ? File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{_id}/comm")).TrimEnd('\n') : null;
            }
            catch (Exception e) when (DiskErrors.IsOne(e))
            {
                return null; // it has ended, or /proc does not show it
            }
        }
    }

    public void Dispose() => _timer?.Dispose();
}
