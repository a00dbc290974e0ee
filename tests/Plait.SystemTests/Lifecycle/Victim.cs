using System.Diagnostics;

namespace Plait.SystemTests.Lifecycle;

/// <summary>A child: which Plait's, which hop's, and since when it is known.</summary>
internal sealed record Victim(int Plait, string Hop, int Id, long Since)
{
    internal void Kill()
    {
        using var process = Process.GetProcessById(Id);
        process.Kill();
    }

    public override string ToString() => $"the child at {Hop} of process {Plait}";
}
