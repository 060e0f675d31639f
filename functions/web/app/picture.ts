/** The longer side of a photo that is sent, in pixels: more than any phone shows. */
const longestSide = 2_048;
const quality = 0.85;
/** Smaller ones go as they are, if they hold nothing but the picture. */
const smallBytes = 500_000;

/** A photo as it is sent: small enough for a mail, and without the place and the camera that are noted in it. */
export async function readyPicture(file: File): Promise<File> {
  const isPhoto = /^image\/(?:jpeg|heic|heif)$/.test(file.type);
  if (!isPhoto && !(/^image\/(?:png|webp)$/.test(file.type) && file.size > smallBytes)) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
    if (blob === null) return file;
    return new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' });
  } catch {
    // No picture that this browser knows: it goes as a file.
    return file;
  }
}

export function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
