// Tree.cs: finds the regular files of a directory tree.
using System.Runtime.InteropServices;

namespace Examples;

static class Tree
{
    const ushort TypeMask = 0xF000, Regular = 0x8000, Directory = 0x4000;

    // Every regular file at or below root, links to regular files included, and what cannot be
    // looked at, with the reason. A link to a directory is entered only if it is root itself, so
    // that no loop is possible. Pipes, sockets and devices have nothing to hash. A name that is not
    // UTF-8 cannot be written in .NET, and is not found.
    public static IEnumerable<(string Path, string? Error)> Walk(string root)
    {
        var pending = new Stack<string>([root]);
        while (pending.TryPop(out var path))
        {
            var type = TypeOf(path, out var error);
            if (type == Directory && (path == root || !IsLink(path)))
            {
                foreach (var entry in Entries(path, out error)) pending.Push(entry);
            }
            if (type == Regular || error != null) yield return (path, error);
        }
    }

    static bool IsLink(string path) =>
        File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint);

    static string[] Entries(string directory, out string? error)
    {
        error = null;
        try
        {
            return System.IO.Directory.GetFileSystemEntries(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = Report.Reason(e);
            return [];
        }
    }

    // .NET does not tell a pipe from a file, so this asks the system.
    static int TypeOf(string path, out string? error)
    {
        const int HereFolder = -100, OnlyType = 1, ModeOffset = 28;
        var status = new byte[256];
        bool known = statx(HereFolder, path, 0, OnlyType, status) == 0;
        error = known ? null : Marshal.GetLastPInvokeErrorMessage();
        return BitConverter.ToUInt16(status, ModeOffset) & TypeMask;
    }

    [DllImport("libc", SetLastError = true)]
    static extern int statx(int folder, string path, int flags, uint mask, byte[] status);
}
