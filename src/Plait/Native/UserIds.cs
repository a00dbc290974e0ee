using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>The user that Plait runs as.</summary>
internal static partial class UserIds
{
    /// <summary>The effective user id.</summary>
    internal static uint Effective => GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
